//! Values of fields: numbers with an order, sizes, days.

/// The sign between a field and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compare {
    Is,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Compare {
    /// The sign at the beginning of these characters, and how long it is; 0: there is none.
    pub(crate) fn at(chars: &[char]) -> (Self, usize) {
        let colon = usize::from(chars.first() == Some(&':'));
        match (chars.get(colon), chars.get(colon + 1)) {
            (Some('<'), Some('=')) => (Self::AtMost, colon + 2),
            (Some('>'), Some('=')) => (Self::AtLeast, colon + 2),
            (Some('≤'), _) => (Self::AtMost, colon + 1),
            (Some('≥'), _) => (Self::AtLeast, colon + 1),
            (Some('<'), _) => (Self::Less, colon + 1),
            (Some('>'), _) => (Self::More, colon + 1),
            (Some('='), _) => (Self::Is, colon + 1),
            _ => (Self::Is, colon),
        }
    }
}

/// Numbers from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range<N> {
    pub(crate) from: Option<N>,
    pub(crate) to: Option<N>,
}

impl<N: Copy + PartialOrd + std::str::FromStr + num::Step> Range<N> {
    /// `4`, `3..5`, or a number behind a sign; none where it is no number.
    pub(crate) fn parse(compare: Compare, value: &str) -> Option<Self> {
        if compare == Compare::Is
            && let Some((from, to)) = value.split_once("..")
        {
            let bound = |text: &str| {
                if text.is_empty() {
                    Some(None)
                } else {
                    text.parse().ok().map(Some)
                }
            };
            let (from, to) = (bound(from)?, bound(to)?);
            return (from.is_some() || to.is_some()).then_some(Self { from, to });
        }
        let number: N = value.trim().parse().ok()?;
        let (from, to) = match compare {
            Compare::Is => (Some(number), Some(number)),
            Compare::Less => (None, Some(number.before()?)),
            Compare::AtMost => (None, Some(number)),
            Compare::More => (Some(number.after()?), None),
            Compare::AtLeast => (Some(number), None),
        };
        Some(Self { from, to })
    }

    pub(crate) fn holds(self, number: N) -> bool {
        self.from.is_none_or(|from| number >= from) && self.to.is_none_or(|to| number <= to)
    }

    /// Whether what is written there lies between two numbers.
    pub(crate) fn is_within(self, least: N, most: N) -> bool {
        let inside = |bound: Option<N>| bound.is_none_or(|bound| bound >= least && bound <= most);
        inside(self.from) && inside(self.to)
    }
}

/// Whole numbers that have neighbours.
mod num {
    pub(crate) trait Step: Sized {
        fn before(self) -> Option<Self>;
        fn after(self) -> Option<Self>;
    }

    macro_rules! steps {
        ($($number:ty),*) => {$(
            impl Step for $number {
                fn before(self) -> Option<Self> { self.checked_sub(1) }
                fn after(self) -> Option<Self> { self.checked_add(1) }
            }
        )*};
    }

    steps!(u8, u32);
}

/// `832x1216`, with any of the signs that people write between.
pub(crate) fn size(value: &str) -> Option<(u32, u32)> {
    let (width, height) = value.split_once(['x', 'X', '×', '*'])?;
    Some((width.trim().parse().ok()?, height.trim().parse().ok()?))
}

/// Stars that are drawn are counted.
pub(crate) fn stars(value: &str) -> String {
    let drawn = value.chars().filter(|char| *char == '★').count();
    if drawn > 0 && drawn == value.chars().count() {
        drawn.to_string()
    } else {
        value.to_owned()
    }
}

/// A day, a month, a year, or a number of days before today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Day {
    Date {
        year: i32,
        month: Option<u8>,
        day: Option<u8>,
    },
    /// So many days ago; 0 is today.
    Ago(u32),
}

impl Day {
    pub(crate) fn parse(value: &str) -> Option<Self> {
        let value = value.trim().to_lowercase();
        match value.as_str() {
            "today" => return Some(Self::Ago(0)),
            "yesterday" => return Some(Self::Ago(1)),
            _ => {}
        }
        for (unit, days) in [("d", 1_u32), ("w", 7), ("m", 30), ("y", 365)] {
            if let Some(number) = value.strip_suffix(unit)
                && let Ok(number) = number.parse::<u32>()
            {
                return number.checked_mul(days).filter(|days| *days < 100_000).map(Self::Ago);
            }
        }
        let mut numbers = value.split(['-', '/', '.']);
        let year: i32 = numbers.next().filter(|year| year.len() == 4)?.parse().ok()?;
        let month: Option<u8> = numbers.next().map(str::parse).transpose().ok()?;
        let day: Option<u8> = numbers.next().map(str::parse).transpose().ok()?;
        if numbers.next().is_some() || month.is_some_and(|month| !(1..=12).contains(&month)) {
            return None;
        }
        let there =
            time::Date::from_calendar_date(year, time::Month::try_from(month.unwrap_or(1)).ok()?, day.unwrap_or(1));
        there.ok().map(|_| Self::Date { year, month, day })
    }

    /// The first day of it, and how far the first after it is, as SQLite reads them.
    pub(crate) fn bounds(self) -> (String, String) {
        match self {
            Self::Ago(days) => (format!("-{days} days"), "+1 day".to_owned()),
            Self::Date { year, month, day } => {
                let first = format!("{year:04}-{:02}-{:02}", month.unwrap_or(1), day.unwrap_or(1));
                let step = match (month, day) {
                    (_, Some(_)) => "+1 day",
                    (Some(_), None) => "+1 month",
                    (None, None) => "+1 year",
                };
                (first, step.to_owned())
            }
        }
    }
}

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Days {
    /// From the beginning of this one on.
    pub(crate) from: Option<Day>,
    /// From the end of this one on.
    pub(crate) from_after: Option<Day>,
    /// Until the beginning of this one.
    pub(crate) until: Option<Day>,
    /// Until the end of this one.
    pub(crate) until_after: Option<Day>,
}

impl Days {
    const ALWAYS: Self = Self {
        from: None,
        from_after: None,
        until: None,
        until_after: None,
    };

    pub(crate) fn of(compare: Compare, day: Day) -> Self {
        match compare {
            Compare::Is => Self {
                from: Some(day),
                until_after: Some(day),
                ..Self::ALWAYS
            },
            Compare::Less => Self::until(day),
            Compare::AtMost => Self {
                until_after: Some(day),
                ..Self::ALWAYS
            },
            Compare::More => Self {
                from_after: Some(day),
                ..Self::ALWAYS
            },
            Compare::AtLeast => Self::from(day),
        }
    }

    pub(crate) fn from(day: Day) -> Self {
        Self {
            from: Some(day),
            ..Self::ALWAYS
        }
    }

    pub(crate) fn until(day: Day) -> Self {
        Self {
            until: Some(day),
            ..Self::ALWAYS
        }
    }
}
