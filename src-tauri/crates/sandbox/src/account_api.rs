//! What the account says of itself (api.md 2.9).

use serde_json::{Value, json};

use crate::{office::Office, parcel::Reply};

/// When the sandbox's account was made: the first of January 2024.
const CREATED: u64 = 1_704_067_200;

/// `GET /user/subscription`
pub(crate) fn subscription(office: &Office) -> Reply {
    answer(&office.desk().account.subscription())
}

/// `GET /user/data`
pub(crate) fn data(office: &Office) -> Reply {
    let subscription = office.desk().account.subscription();
    answer(&json!({
        "subscription": subscription,
        "information": about(),
        "priority": turns(office),
        "keystore": keys(),
        "settings": "",
    }))
}

/// `GET /user/information`
pub(crate) fn information() -> Reply {
    answer(&about())
}

/// `GET /user/priority`
pub(crate) fn priority(office: &Office) -> Reply {
    answer(&turns(office))
}

/// `GET /user/keystore`
pub(crate) fn keystore() -> Reply {
    answer(&keys())
}

/// `GET /user/clientsettings`: a string that only the website understands. Here nobody has ever set any.
pub(crate) fn client_settings() -> Reply {
    answer(&json!(""))
}

fn about() -> Value {
    json!({
        "emailVerified": true,
        "emailVerificationLetterSent": true,
        "trialActivated": true,
        "trialActionsLeft": 0,
        "trialImagesLeft": 0,
        "accountCreatedAt": CREATED,
        "banStatus": "not_banned",
    })
}

fn turns(office: &Office) -> Value {
    let opus = office.desk().account.tier >= 3;
    json!({
        "maxPriorityActions": if opus { 1000 } else { 100 },
        "nextRefillAt": 0,
        "taskPriority": 10,
    })
}

fn keys() -> Value {
    json!({ "keystore": null, "changeIndex": 0 })
}

fn answer(body: &Value) -> Reply {
    Reply::json(200, body)
}
