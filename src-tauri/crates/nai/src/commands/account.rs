//! `nai account`: who pays, and with what.

use novelai::account::{Account as Paying, Tier};

use crate::cli::{Account, Common};
use crate::connection::Connection;
use crate::error::Error;
use crate::say;

pub(crate) async fn run(common: &Common, asked: Account) -> Result<(), Error> {
    let connection = Connection::open(common).await?;
    if asked.data {
        return say::json(&connection.client.user_data().await?);
    }
    if asked.information {
        return say::json(&connection.client.user_information().await?);
    }
    let account = connection.account().await?;
    if common.json {
        return say::json(&account);
    }
    tell(&account)
}

/// The account in words.
pub(crate) fn tell(account: &Paying) -> Result<(), Error> {
    let tier = match account.tier {
        Tier::None => "no subscription",
        Tier::Tablet => "Tablet",
        Tier::Scroll => "Scroll",
        Tier::Opus => "Opus",
    };
    let state = if account.active || account.tier == Tier::None {
        ""
    } else {
        " (not active)"
    };
    say::line(format!("{tier}{state}, {} Anlas", account.anlas))?;
    if let Some(allowance) = account.allowance {
        if allowance.is_negative {
            say::line("The V5 allowance is used up.")?;
        } else {
            say::line(format!("V5 allowance: {} %", allowance.percent))?;
        }
    }
    Ok(())
}
