//! Where the server is: https anywhere, http only on this machine.

use std::fmt;

use url::{Host, Url};

/// The address that all endpoints hang under. It can hold no user name, password or query, so it is always fit to be
/// shown.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// Why an address is not taken. It never repeats the address, which may hold a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// It does not parse, or has no host.
    #[error("this is not a web address; it should look like https://example.com")]
    NotAnAddress,
    /// Neither https, nor http on this machine.
    #[error("the address must begin with https:// (http:// is only for this machine, as in http://127.0.0.1:8080)")]
    NotSecure,
    /// User name or password in the address.
    #[error("the address must not hold a user name or a password")]
    Credentials,
    /// A query or a fragment.
    #[error("the address must end before ? and #")]
    Query,
}

const NOVELAI: &str = "https://image.novelai.net";

impl BaseUrl {
    /// The service itself.
    ///
    /// # Panics
    ///
    /// Never: a test parses the constant.
    #[must_use]
    pub fn novelai() -> Self {
        Self::parse(NOVELAI).expect("the constant is an https address")
    }

    /// Reads an address as a person types it.
    ///
    /// # Errors
    ///
    /// [`BaseUrlError`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, BaseUrlError> {
        let mut url = Url::parse(text.trim()).map_err(|_| BaseUrlError::NotAnAddress)?;
        if url.host().is_none() {
            return Err(BaseUrlError::NotAnAddress);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::Query);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        let base = Self(url);
        match base.0.scheme() {
            "https" => Ok(base),
            "http" if base.is_loopback() => Ok(base),
            _ => Err(BaseUrlError::NotSecure),
        }
    }

    /// Host and, where it is not the usual one, port: how the server is named to a person and remembered with a job.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Whether this is NovelAI's own address.
    #[must_use]
    pub fn is_novelai(&self) -> bool {
        *self == Self::novelai()
    }

    /// Whether the server runs on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// Whether what is sent is encrypted.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The address of an endpoint; `path` begins with a slash.
    #[must_use]
    pub(crate) fn endpoint(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        url
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({self})")
    }
}

impl std::str::FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_is_reached_at_its_own_address() {
        assert_eq!(BaseUrl::novelai().to_string(), NOVELAI);
        assert!(BaseUrl::novelai().is_novelai());
        assert!(!BaseUrl::novelai().is_loopback());
        assert_eq!(BaseUrl::novelai().host(), "image.novelai.net");
    }

    #[test]
    fn http_is_taken_on_this_machine_only() {
        for here in [
            "http://127.0.0.1:8080",
            "http://localhost:1",
            "http://[::1]:9",
            "http://127.9.9.9",
        ] {
            assert!(BaseUrl::parse(here).unwrap().is_loopback(), "{here}");
        }
        for elsewhere in [
            "http://image.novelai.net",
            "http://10.0.0.1",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "ftp://127.0.0.1",
            "file:///etc/passwd",
            "data:text/plain,x",
        ] {
            assert!(BaseUrl::parse(elsewhere).is_err(), "{elsewhere}");
        }
    }

    #[test]
    fn an_address_with_a_secret_in_it_is_refused_without_repeating_it() {
        let refused = BaseUrl::parse("https://me:hunter2@example.com").unwrap_err();
        assert_eq!(refused, BaseUrlError::Credentials);
        assert!(!format!("{refused} {refused:?}").contains("hunter2"));
        assert_eq!(
            BaseUrl::parse("https://example.com/?token=hunter2"),
            Err(BaseUrlError::Query)
        );
        assert_eq!(BaseUrl::parse("https://example.com/#hunter2"), Err(BaseUrlError::Query));
    }

    #[test]
    fn endpoints_hang_under_the_path_of_a_gateway() {
        let gateway = BaseUrl::parse(" https://example.com:8443/novelai/ ").unwrap();
        assert_eq!(gateway.to_string(), "https://example.com:8443/novelai");
        assert_eq!(gateway.host(), "example.com:8443");
        assert_eq!(
            gateway.endpoint("/user/subscription").as_str(),
            "https://example.com:8443/novelai/user/subscription"
        );
        let bare = BaseUrl::parse("https://example.com").unwrap();
        assert_eq!(bare.endpoint("/ai/x").as_str(), "https://example.com/ai/x");
    }
}
