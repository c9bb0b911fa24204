//! Servers that repeat the token, in whatever writing: no rendering of any error shows it.

use proptest::prelude::*;
use secrecy::SecretString;

use super::Client;
use super::canned::{Canned, answer};
use crate::testing::{V45_FULL, request};
use crate::veil::tests::disguises;

/// Where a server may echo the token: in a message of any shape, in any disguise.
fn echoes(token: &str) -> Vec<String> {
    let mut bodies = vec![
        format!("{}{token}", "x".repeat(490)),
        format!("{} {token}", "long ".repeat(98)),
        format!("<p>{}<b></b>{}</p>", &token[..5], &token[5..]),
    ];
    for disguise in disguises(token) {
        bodies.push(disguise.clone());
        bodies.push(format!(r#"{{"statusCode":400,"message":"bad token {disguise}"}}"#));
        bodies.push(format!(r#"{{"error":{{"message":["{disguise}","{disguise}"]}}}}"#));
        bodies.push(format!(r#"{{"error":"{disguise}"#));
        bodies.push(format!("<html><title>Denied: Bearer {disguise}</title></html>"));
    }
    bodies
}

/// The disguises that can be recognised in a text as they stand.
fn tells(rendered: &str, token: &str) -> bool {
    disguises(token)
        .iter()
        .any(|disguise| rendered.contains(disguise.as_str()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_rendering_of_any_error_contains_the_token(
        token in prop_oneof!["pst-[A-Za-z0-9]{12,64}", "eyJ[A-Za-z0-9_-]{10,40}\\.[A-Za-z0-9_-]{10,40}", "[A-Za-z0-9._~+/-]{4,40}[A-Za-z0-9]{12}"],
        status in prop_oneof![Just(301_u16), Just(400), Just(401), Just(402), Just(403), Just(404), Just(409), Just(429), Just(500), Just(503), Just(522), Just(200)],
        echo in any::<prop::sample::Index>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut echoes = echoes(&token);
            let body = echoes.swap_remove(echo.index(echoes.len()));
            let server = Canned::new(answer(&format!("{status} {token}"), &format!("retry-after: {token}\r\n"), &body), true).await;
            let client = Client::new(server.client.base_url().clone(), SecretString::from(token.clone())).unwrap();
            let mut errors = Vec::new();
            errors.extend(client.account().await.err());
            match client.generate(&request(V45_FULL)).await {
                Ok(mut body) => {
                    let bytes = body.chunk().await.unwrap().unwrap();
                    errors.extend(crate::response::pictures(&bytes).err().map(|error| client.redact(error)));
                    errors.extend(crate::stream::Frames::default().push(&bytes).err().map(|error| client.redact(error)));
                }
                Err(error) => errors.push(error),
            }
            // Whoever pastes the token where a model belongs.
            let mut mistaken = request(V45_FULL);
            mistaken.model = crate::model::ModelId(token.clone());
            errors.extend(client.generate(&mistaken).await.err());
            prop_assert!(errors.len() > 1);
            for error in errors {
                let json = serde_json::to_string(&error).unwrap();
                let mut causes = Vec::new();
                let mut cause = std::error::Error::source(&error);
                while let Some(error) = cause {
                    causes.push(error.to_string());
                    cause = error.source();
                }
                let rendered = format!("{error} {error:?} {error:#?} {json} {causes:?}");
                prop_assert!(!tells(&rendered, &token), "{rendered}");
            }
            Ok(())
        })?;
    }
}
