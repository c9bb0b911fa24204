//! Faults that wait for requests to a path.

use axum::http::Method;

use crate::Fault;

/// Faults in waiting, in the order told. The first that fits strikes.
#[derive(Debug, Default)]
pub(crate) struct Traps(Vec<Trap>);

#[derive(Debug)]
struct Trap {
    /// `/ai/upscale`, `GET /user/data`, `/user/*`.
    place: String,
    fault: Fault,
    /// How often it still strikes; `None`: always.
    left: Option<u32>,
}

impl Traps {
    /// Sets one; `times` of `None` is always.
    pub(crate) fn set(&mut self, place: &str, fault: Fault, times: Option<u32>) {
        if times != Some(0) {
            self.0.push(Trap {
                place: place.trim().to_owned(),
                fault,
                left: times,
            });
        }
    }

    /// Takes away all that were set for exactly this place.
    pub(crate) fn clear(&mut self, place: &str) {
        self.0.retain(|trap| trap.place != place.trim());
    }

    /// The fault for this request, if the first that fits is one that is `wanted` now.
    pub(crate) fn spring(&mut self, method: &Method, path: &str, wanted: impl FnOnce(&Fault) -> bool) -> Option<Fault> {
        let place = self.0.iter().position(|trap| trap.fits(method, path))?;
        let trap = &mut self.0[place];
        if !wanted(&trap.fault) {
            return None;
        }
        let fault = trap.fault.clone();
        if let Some(left) = &mut trap.left {
            *left -= 1;
            if *left == 0 {
                self.0.remove(place);
            }
        }
        Some(fault)
    }
}

impl Trap {
    fn fits(&self, method: &Method, path: &str) -> bool {
        let place = match self.place.split_once(' ') {
            Some((wanted, place)) if wanted.eq_ignore_ascii_case(method.as_str()) => place.trim_start(),
            Some(_) => return false,
            None => self.place.as_str(),
        };
        match place.strip_suffix('*') {
            Some(beginning) => path.starts_with(beginning),
            None => path == place,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trap_springs_for_its_place_and_as_often_as_told() {
        let mut traps = Traps::default();
        traps.set("GET /user/*", Fault::Html, Some(2));
        traps.set("/user/data", Fault::WrongContentType, None);
        let mut spring = |method: Method, path: &str| traps.spring(&method, path, |_| true);
        assert_eq!(spring(Method::GET, "/user/data"), Some(Fault::Html));
        assert_eq!(spring(Method::POST, "/user/data"), Some(Fault::WrongContentType));
        assert_eq!(spring(Method::GET, "/ai/upscale"), None);
        assert_eq!(spring(Method::GET, "/user/x"), Some(Fault::Html));
        assert_eq!(spring(Method::GET, "/user/x"), None);
        assert_eq!(spring(Method::GET, "/user/data"), Some(Fault::WrongContentType));
        traps.clear("/user/data");
        assert_eq!(traps.spring(&Method::GET, "/user/data", |_| true), None);
    }

    #[test]
    fn a_trap_that_is_not_wanted_stays() {
        let mut traps = Traps::default();
        traps.set("/ai/upscale", Fault::Html, Some(1));
        assert_eq!(traps.spring(&Method::POST, "/ai/upscale", |_| false), None);
        assert_eq!(traps.spring(&Method::POST, "/ai/upscale", |_| true), Some(Fault::Html));
    }
}
