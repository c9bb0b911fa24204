//! What the painter understands of a prompt: a table of words, and the few rules of grammar that bind colours to
//! things.
//!
//! It takes tags and plain sentences alike, knows NovelAI's weights well enough to see that `-1::rain::` means no rain,
//! and takes from the undesired content whole tags only, so that "negative space" doesn't put out the stars.

use super::colour::{Colour, hex};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Time {
    Dawn,
    Day,
    Golden,
    Dusk,
    Night,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Mountains,
    Lake,
    Forest,
    City,
    Rooftop,
    Sea,
    Meadow,
    Desert,
    Space,
    Sky,
}

/// Whatever is there or isn't.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    Clouds,
    Clear,
    Overcast,
    Rain,
    Snow,
    Fog,
    Storm,
    Stars,
    MilkyWay,
    Aurora,
    Meteors,
    Moon,
    Crescent,
    Sun,
    Rainbow,
    Fireworks,
    Blossom,
    Autumn,
    Fireflies,
    Flowers,
    Birds,
    Boat,
    Castle,
    Torii,
    Lighthouse,
    Balloons,
    Lanterns,
    Neon,
    Butterflies,
    Window,
    Cat,
    Dog,
    Whale,
    Transparent,
}

/// What a person can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trait {
    Long,
    VeryLong,
    Short,
    Twintails,
    Ponytail,
    Braid,
    Bun,
    CatEars,
    FoxEars,
    Hat,
    Scarf,
    Umbrella,
    Dress,
    Skirt,
    Trousers,
    Coat,
    Kimono,
    Uniform,
    Cape,
    Wings,
    Glasses,
    Smile,
    ClosedEyes,
    Sitting,
    Bow,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Word {
    Is(Time),
    In(Place),
    Has(Thing),
    With(Trait),
    Girls(u32),
    Boys(u32),
    Close,
    Far,
    Colour(u32),
    Hair,
    Eyes,
    Clothes,
    Nobody,
}

use Word::{Boys, Close, Clothes, Eyes, Far, Girls, Hair, Has, In, Is, Nobody, With};

#[rustfmt::skip]
const WORDS: &[(&str, Word)] = &[
    // Time of day
    ("dawn", Is(Time::Dawn)), ("sunrise", Is(Time::Dawn)), ("morning", Is(Time::Dawn)), ("early morning", Is(Time::Dawn)),
    ("day", Is(Time::Day)), ("daytime", Is(Time::Day)), ("noon", Is(Time::Day)), ("sunny", Is(Time::Day)), ("summer", Is(Time::Day)), ("spring", Is(Time::Day)), ("blue sky", Is(Time::Day)),
    ("sunset", Is(Time::Golden)), ("golden hour", Is(Time::Golden)), ("evening", Is(Time::Golden)), ("orange sky", Is(Time::Golden)), ("sundown", Is(Time::Golden)),
    ("dusk", Is(Time::Dusk)), ("twilight", Is(Time::Dusk)), ("blue hour", Is(Time::Dusk)), ("purple sky", Is(Time::Dusk)), ("pink sky", Is(Time::Dusk)),
    ("night", Is(Time::Night)), ("midnight", Is(Time::Night)), ("night sky", Is(Time::Night)), ("dark", Is(Time::Night)), ("nighttime", Is(Time::Night)),
    // Places
    ("mountain", In(Place::Mountains)), ("alps", In(Place::Mountains)), ("peak", In(Place::Mountains)), ("valley", In(Place::Mountains)), ("cliff", In(Place::Mountains)), ("fuji", In(Place::Mountains)), ("scenery", In(Place::Mountains)), ("landscape", In(Place::Mountains)),
    ("lake", In(Place::Lake)), ("river", In(Place::Lake)), ("pond", In(Place::Lake)), ("reflection", In(Place::Lake)), ("water", In(Place::Lake)),
    ("forest", In(Place::Forest)), ("wood", In(Place::Forest)), ("jungle", In(Place::Forest)), ("bamboo", In(Place::Forest)), ("nature", In(Place::Forest)), ("pine", In(Place::Forest)),
    ("city", In(Place::City)), ("cityscape", In(Place::City)), ("skyline", In(Place::City)), ("town", In(Place::City)), ("street", In(Place::City)), ("tokyo", In(Place::City)), ("skyscraper", In(Place::City)), ("building", In(Place::City)), ("urban", In(Place::City)), ("cyberpunk", In(Place::City)), ("harbor", In(Place::City)), ("village", In(Place::City)),
    ("rooftop", In(Place::Rooftop)), ("roof", In(Place::Rooftop)), ("balcony", In(Place::Rooftop)), ("chain link fence", In(Place::Rooftop)),
    ("sea", In(Place::Sea)), ("ocean", In(Place::Sea)), ("beach", In(Place::Sea)), ("shore", In(Place::Sea)), ("coast", In(Place::Sea)), ("island", In(Place::Sea)), ("wave", In(Place::Sea)),
    ("meadow", In(Place::Meadow)), ("field", In(Place::Meadow)), ("flower field", In(Place::Meadow)), ("hill", In(Place::Meadow)), ("grass", In(Place::Meadow)), ("grassland", In(Place::Meadow)), ("countryside", In(Place::Meadow)), ("garden", In(Place::Meadow)), ("park", In(Place::Meadow)), ("farm", In(Place::Meadow)), ("outdoors", In(Place::Meadow)),
    ("desert", In(Place::Desert)), ("dune", In(Place::Desert)), ("wasteland", In(Place::Desert)), ("pyramid", In(Place::Desert)),
    ("space", In(Place::Space)), ("planet", In(Place::Space)), ("galaxy", In(Place::Space)), ("nebula", In(Place::Space)), ("cosmos", In(Place::Space)), ("universe", In(Place::Space)), ("alien planet", In(Place::Space)),
    ("above the cloud", In(Place::Sky)), ("floating", In(Place::Sky)), ("sky", In(Place::Sky)), ("heaven", In(Place::Sky)), ("flying", In(Place::Sky)),
    // The sky and the weather
    ("cloud", Has(Thing::Clouds)), ("cloudy", Has(Thing::Clouds)), ("cloudy sky", Has(Thing::Clouds)), ("cumulonimbus", Has(Thing::Clouds)), ("clear sky", Has(Thing::Clear)), ("overcast", Has(Thing::Overcast)), ("gloomy", Has(Thing::Overcast)),
    ("rain", Has(Thing::Rain)), ("rainy", Has(Thing::Rain)), ("raining", Has(Thing::Rain)), ("wet", Has(Thing::Rain)), ("snow", Has(Thing::Snow)), ("snowing", Has(Thing::Snow)), ("snowy", Has(Thing::Snow)), ("winter", Has(Thing::Snow)), ("snowflake", Has(Thing::Snow)), ("ice", Has(Thing::Snow)),
    ("fog", Has(Thing::Fog)), ("foggy", Has(Thing::Fog)), ("mist", Has(Thing::Fog)), ("misty", Has(Thing::Fog)), ("storm", Has(Thing::Storm)), ("lightning", Has(Thing::Storm)), ("thunder", Has(Thing::Storm)),
    ("star", Has(Thing::Stars)), ("starry sky", Has(Thing::Stars)), ("starry", Has(Thing::Stars)), ("milky way", Has(Thing::MilkyWay)), ("aurora", Has(Thing::Aurora)), ("northern light", Has(Thing::Aurora)), ("shooting star", Has(Thing::Meteors)), ("meteor", Has(Thing::Meteors)), ("comet", Has(Thing::Meteors)),
    ("moon", Has(Thing::Moon)), ("full moon", Has(Thing::Moon)), ("moonlight", Has(Thing::Moon)), ("crescent moon", Has(Thing::Crescent)), ("crescent", Has(Thing::Crescent)), ("sun", Has(Thing::Sun)), ("sunlight", Has(Thing::Sun)), ("lens flare", Has(Thing::Sun)), ("rainbow", Has(Thing::Rainbow)), ("firework", Has(Thing::Fireworks)), ("festival", Has(Thing::Fireworks)),
    // Things
    ("cherry blossom", Has(Thing::Blossom)), ("sakura", Has(Thing::Blossom)), ("petal", Has(Thing::Blossom)), ("falling petal", Has(Thing::Blossom)), ("blossom", Has(Thing::Blossom)),
    ("autumn", Has(Thing::Autumn)), ("autumn leave", Has(Thing::Autumn)), ("fall", Has(Thing::Autumn)), ("maple", Has(Thing::Autumn)), ("falling leave", Has(Thing::Autumn)),
    ("firefly", Has(Thing::Fireflies)), ("firefli", Has(Thing::Fireflies)), ("sparkle", Has(Thing::Fireflies)), ("light particle", Has(Thing::Fireflies)), ("magic", Has(Thing::Fireflies)), ("glowing", Has(Thing::Fireflies)),
    ("flower", Has(Thing::Flowers)), ("rose", Has(Thing::Flowers)), ("tulip", Has(Thing::Flowers)), ("sunflower", Has(Thing::Flowers)), ("lavender", Has(Thing::Flowers)), ("poppy", Has(Thing::Flowers)), ("daisy", Has(Thing::Flowers)),
    ("bird", Has(Thing::Birds)), ("seagull", Has(Thing::Birds)), ("crow", Has(Thing::Birds)), ("boat", Has(Thing::Boat)), ("ship", Has(Thing::Boat)), ("sailboat", Has(Thing::Boat)), ("castle", Has(Thing::Castle)), ("palace", Has(Thing::Castle)), ("fantasy", Has(Thing::Castle)), ("tower", Has(Thing::Castle)),
    ("torii", Has(Thing::Torii)), ("shrine", Has(Thing::Torii)), ("temple", Has(Thing::Torii)), ("lighthouse", Has(Thing::Lighthouse)), ("hot air balloon", Has(Thing::Balloons)), ("balloon", Has(Thing::Balloons)), ("lantern", Has(Thing::Lanterns)), ("paper lantern", Has(Thing::Lanterns)),
    ("neon", Has(Thing::Neon)), ("neon light", Has(Thing::Neon)), ("city light", Has(Thing::Neon)), ("butterfly", Has(Thing::Butterflies)), ("butterfli", Has(Thing::Butterflies)), ("window", Has(Thing::Window)), ("indoors", Has(Thing::Window)), ("bedroom", Has(Thing::Window)), ("room", Has(Thing::Window)), ("cafe", Has(Thing::Window)), ("classroom", Has(Thing::Window)),
    ("cat", Has(Thing::Cat)), ("kitten", Has(Thing::Cat)), ("dog", Has(Thing::Dog)), ("wolf", Has(Thing::Dog)), ("fox", Has(Thing::Dog)), ("puppy", Has(Thing::Dog)), ("whale", Has(Thing::Whale)), ("transparent background", Has(Thing::Transparent)),
    // People
    ("1girl", Girls(1)), ("girl", Girls(1)), ("woman", Girls(1)), ("lady", Girls(1)), ("princess", Girls(1)), ("witch", Girls(1)), ("2girls", Girls(2)), ("two girls", Girls(2)), ("3girls", Girls(3)), ("4girls", Girls(4)), ("multiple girls", Girls(3)),
    ("1boy", Boys(1)), ("boy", Boys(1)), ("man", Boys(1)), ("knight", Boys(1)), ("2boys", Boys(2)), ("two boys", Boys(2)), ("3boys", Boys(3)), ("1other", Boys(1)), ("other", Boys(1)), ("person", Girls(1)), ("couple", Boys(1)), ("no humans", Nobody), ("nobody", Nobody),
    ("portrait", Close), ("close up", Close), ("face", Close), ("upper body", Close), ("looking at viewer", Close), ("headshot", Close), ("bust", Close), ("full body", Far), ("from behind", Far), ("wide shot", Far), ("silhouette", Far), ("standing", Far), ("walking", Far), ("cowboy shot", Far),
    ("hair", Hair), ("hairstyle", Hair), ("haired", Hair), ("eye", Eyes), ("eyed", Eyes),
    ("long hair", With(Trait::Long)), ("very long hair", With(Trait::VeryLong)), ("short hair", With(Trait::Short)), ("bob cut", With(Trait::Short)), ("medium hair", With(Trait::Short)), ("twintail", With(Trait::Twintails)), ("ponytail", With(Trait::Ponytail)), ("braid", With(Trait::Braid)), ("hair bun", With(Trait::Bun)), ("double bun", With(Trait::Bun)),
    ("animal ear", With(Trait::CatEars)), ("cat ear", With(Trait::CatEars)), ("cat girl", With(Trait::CatEars)), ("fox ear", With(Trait::FoxEars)), ("wolf ear", With(Trait::FoxEars)), ("fur dataset", With(Trait::FoxEars)), ("furry", With(Trait::FoxEars)), ("hat", With(Trait::Hat)), ("straw hat", With(Trait::Hat)), ("witch hat", With(Trait::Hat)), ("scarf", With(Trait::Scarf)), ("umbrella", With(Trait::Umbrella)),
    ("dress", With(Trait::Dress)), ("gown", With(Trait::Dress)), ("sundress", With(Trait::Dress)), ("skirt", With(Trait::Skirt)), ("pant", With(Trait::Trousers)), ("trouser", With(Trait::Trousers)), ("jean", With(Trait::Trousers)), ("coat", With(Trait::Coat)), ("jacket", With(Trait::Coat)), ("hoodie", With(Trait::Coat)), ("sweater", With(Trait::Coat)), ("kimono", With(Trait::Kimono)), ("yukata", With(Trait::Kimono)), ("school uniform", With(Trait::Uniform)), ("serafuku", With(Trait::Uniform)), ("uniform", With(Trait::Uniform)), ("cape", With(Trait::Cape)), ("cloak", With(Trait::Cape)), ("wing", With(Trait::Wings)), ("angel", With(Trait::Wings)), ("glasses", With(Trait::Glasses)), ("smile", With(Trait::Smile)), ("smiling", With(Trait::Smile)), ("happy", With(Trait::Smile)), ("closed eye", With(Trait::ClosedEyes)), ("sitting", With(Trait::Sitting)), ("ribbon", With(Trait::Bow)), ("bow", With(Trait::Bow)), ("hair ribbon", With(Trait::Bow)), ("hair bow", With(Trait::Bow)),
    ("clothe", Clothes), ("shirt", Clothes), ("outfit", Clothes), ("robe", Clothes), ("armor", Clothes), ("blouse", Clothes),
    // Colours
    ("red", Word::Colour(0xd8343c)), ("crimson", Word::Colour(0xb0122e)), ("scarlet", Word::Colour(0xe0352b)), ("orange", Word::Colour(0xf08a30)), ("yellow", Word::Colour(0xf3cf4a)), ("gold", Word::Colour(0xe6b94a)), ("golden", Word::Colour(0xe6b94a)), ("blonde", Word::Colour(0xf2d58a)), ("blond", Word::Colour(0xf2d58a)), ("green", Word::Colour(0x4fae62)), ("teal", Word::Colour(0x2fa39b)), ("turquoise", Word::Colour(0x3fc6c0)), ("aqua", Word::Colour(0x55d3e0)), ("cyan", Word::Colour(0x46cfe8)), ("blue", Word::Colour(0x3c7be0)), ("navy", Word::Colour(0x27386f)), ("indigo", Word::Colour(0x4a3fb0)), ("purple", Word::Colour(0x8c55c9)), ("violet", Word::Colour(0x9a62dd)), ("lavender colour", Word::Colour(0xb9a2e8)), ("magenta", Word::Colour(0xd545b0)), ("pink", Word::Colour(0xf28fb5)), ("brown", Word::Colour(0x7d5138)), ("brunette", Word::Colour(0x6a4530)), ("black", Word::Colour(0x23222c)), ("white", Word::Colour(0xf1f1f6)), ("silver", Word::Colour(0xcdd3e2)), ("grey", Word::Colour(0x9399a8)), ("gray", Word::Colour(0x9399a8)), ("redhead", Word::Colour(0xb8452c)),
];

/// What a prompt asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Wishes {
    pub(super) time: Option<Time>,
    /// In the order named.
    pub(super) places: Vec<Place>,
    pub(super) things: Vec<Thing>,
    pub(super) traits: Vec<Trait>,
    pub(super) girls: u32,
    pub(super) boys: u32,
    pub(super) nobody: bool,
    /// Some(true): a face; Some(false): a whole figure.
    pub(super) close: Option<bool>,
    pub(super) hair: Option<Colour>,
    pub(super) eyes: Option<Colour>,
    pub(super) clothes: Option<Colour>,
    /// Colours that are bound to nothing, and so to the whole picture.
    pub(super) colours: Vec<Colour>,
}

impl Wishes {
    /// Reads a prompt and what is not desired.
    pub(super) fn read(prompt: &str, undesired: &str) -> Self {
        let mut wishes = Self::default();
        let mut unwanted = Vec::new();
        for (tag, weight) in tags(prompt) {
            if weight > 0.0 {
                wishes.take(&words(&tag), &mut unwanted);
            } else {
                unwanted.extend(exact(&words(&tag)));
            }
        }
        for (tag, weight) in tags(undesired) {
            if weight > 0.0 {
                unwanted.extend(exact(&words(&tag)));
            }
        }
        for word in unwanted {
            wishes.remove(word);
        }
        wishes
    }

    pub(super) fn has(&self, thing: Thing) -> bool {
        self.things.contains(&thing)
    }

    fn take(&mut self, words: &[String], unwanted: &mut Vec<Word>) {
        let mut place = 0;
        while place < words.len() {
            let Some((word, length)) = lookup(&words[place..]) else {
                place += 1;
                continue;
            };
            let denied = place > 0 && matches!(words[place - 1].as_str(), "no" | "without" | "not");
            if denied && word != Nobody {
                unwanted.push(word);
            } else if let Word::Colour(rgb) = word {
                self.colour(hex(rgb), &words[place + length..]);
            } else {
                self.add(word);
            }
            place += length;
        }
    }

    /// Gives a colour to the next thing that can have one: "long silver hair", "red and white dress".
    fn colour(&mut self, colour: Colour, rest: &[String]) {
        for ahead in 0..rest.len().min(4) {
            match lookup(&rest[ahead..]).map(|(word, _)| word) {
                Some(
                    Hair
                    | With(
                        Trait::Long
                        | Trait::VeryLong
                        | Trait::Short
                        | Trait::Twintails
                        | Trait::Ponytail
                        | Trait::Braid
                        | Trait::Bun,
                    ),
                ) => {
                    self.hair.get_or_insert(colour);
                    return;
                }
                Some(Eyes) => {
                    self.eyes.get_or_insert(colour);
                    return;
                }
                Some(
                    Clothes
                    | With(
                        Trait::Dress
                        | Trait::Skirt
                        | Trait::Coat
                        | Trait::Kimono
                        | Trait::Uniform
                        | Trait::Cape
                        | Trait::Trousers,
                    ),
                ) => {
                    self.clothes.get_or_insert(colour);
                    return;
                }
                _ => {}
            }
        }
        self.colours.push(colour);
    }

    fn add(&mut self, word: Word) {
        match word {
            Is(time) => self.time = self.time.or(Some(time)),
            In(place) => add(&mut self.places, place),
            Has(thing) => add(&mut self.things, thing),
            With(wanted) => add(&mut self.traits, wanted),
            Girls(count) => self.girls = self.girls.max(count),
            Boys(count) => self.boys = self.boys.max(count),
            Close => self.close = self.close.or(Some(true)),
            Far => self.close = Some(false),
            Nobody => self.nobody = true,
            Word::Colour(_) | Hair | Eyes | Clothes => {}
        }
    }

    fn remove(&mut self, word: Word) {
        match word {
            Is(time) if self.time == Some(time) => self.time = None,
            Is(_) => {}
            In(place) => self.places.retain(|other| *other != place),
            Has(thing) => {
                self.things.retain(|other| *other != thing);
                if thing == Thing::Clouds {
                    add(&mut self.things, Thing::Clear);
                }
            }
            With(unwanted) => self.traits.retain(|other| *other != unwanted),
            Girls(_) => self.girls = 0,
            Boys(_) => self.boys = 0,
            Word::Colour(rgb) => self.colours.retain(|other| *other != hex(rgb)),
            Close => self.close = Some(false),
            Far | Nobody | Hair | Eyes | Clothes => {}
        }
    }
}

fn add<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

/// The tags of a prompt with their weights, without the signs that carry the weights.
fn tags(prompt: &str) -> Vec<(String, f32)> {
    let mut tags = Vec::new();
    let mut weight = 1.0;
    for part in prompt.split([',', '\n', '|', '.', ';', '。', '、']) {
        let mut rest = part;
        // Each `::` ends a weight or, with a number before it, begins one.
        while let Some((before, after)) = rest.split_once("::") {
            let number = before.trim().rsplit([' ', '{', '[', '(']).next().unwrap_or_default();
            if let Ok(new) = number.parse::<f32>() {
                let text = &before[..before.trim_end().len() - number.len()];
                tags.push((text.to_owned(), weight));
                weight = new;
            } else {
                tags.push((before.to_owned(), weight));
                weight = 1.0;
            }
            rest = after;
        }
        tags.push((rest.to_owned(), weight));
    }
    tags
}

/// The words of a tag, in lower case and in the singular.
fn words(tag: &str) -> Vec<String> {
    tag.to_lowercase()
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| match word.strip_suffix('s') {
            Some(stem) if stem.len() > 2 && !stem.ends_with('s') && !KEPT.contains(&word) => stem
                .strip_suffix("ie")
                .map_or(stem.to_owned(), |stem| format!("{stem}i")),
            _ => word.to_owned(),
        })
        .map(|word| if word == "leaf" { "leave".to_owned() } else { word })
        .collect()
}

/// Words that end in s and aren't plurals, or are known as plurals.
const KEPT: &[&str] = &[
    "grass", "outdoors", "indoors", "glasses", "2girls", "3girls", "4girls", "2boys", "3boys", "girls", "boys",
    "cosmos", "alps", "humans",
];

/// The colours that a text names, in its order.
pub(super) fn colours(text: &str) -> Vec<Colour> {
    let named = tags(text).into_iter().filter(|(_, weight)| *weight > 0.0);
    named
        .flat_map(|(tag, _)| words(&tag))
        .filter_map(|word| {
            let Some(Word::Colour(rgb)) = exact(&[word]) else {
                return None;
            };
            Some(hex(rgb))
        })
        .collect()
}

/// The longest phrase of the table that these words begin with.
fn lookup(words: &[String]) -> Option<(Word, usize)> {
    (1..=words.len().min(3)).rev().find_map(|length| {
        let phrase = words[..length].join(" ");
        WORDS
            .iter()
            .find(|(known, _)| *known == phrase)
            .map(|(_, word)| (*word, length))
    })
}

/// The word that a whole tag is.
fn exact(words: &[String]) -> Option<Word> {
    lookup(words)
        .filter(|(_, length)| *length == words.len())
        .map(|(word, _)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_table_is_found_as_it_is_written() {
        for (phrase, word) in WORDS {
            let spelled: Vec<String> = phrase.split(' ').map(str::to_owned).collect();
            assert_eq!(
                exact(&words(phrase)).or_else(|| exact(&spelled)),
                Some(*word),
                "{phrase}"
            );
            assert_eq!(
                WORDS.iter().filter(|(other, _)| other == phrase).count(),
                1,
                "{phrase} stands twice"
            );
        }
    }

    #[test]
    fn colours_belong_to_what_they_stand_before() {
        let wishes = Wishes::read(
            "1girl, long silver hair, blue eyes, red dress, {purple}, cherry blossoms",
            "",
        );
        assert_eq!(wishes.hair, Some(hex(0xcdd3e2)));
        assert_eq!(wishes.eyes, Some(hex(0x3c7be0)));
        assert_eq!(wishes.clothes, Some(hex(0xd8343c)));
        assert_eq!(wishes.colours, [hex(0x8c55c9)]);
        assert!(wishes.has(Thing::Blossom));
        assert_eq!(wishes.girls, 1);
    }

    #[test]
    fn sentences_are_understood_like_tags() {
        let wishes = Wishes::read("A quiet city at night in heavy rain, seen from a rooftop.", "");
        assert_eq!(wishes.time, Some(Time::Night));
        assert_eq!(wishes.places, [Place::City, Place::Rooftop]);
        assert!(wishes.has(Thing::Rain));
    }

    #[test]
    fn what_is_undesired_is_switched_off() {
        let rain = |prompt: &str, undesired: &str| Wishes::read(prompt, undesired).has(Thing::Rain);
        assert!(rain("city, rain", "snow"));
        assert!(!rain("city, rain", "lowres, rain"));
        assert!(!rain("city, rain, -1::rain::", ""));
        assert!(!rain("city, no rain", ""));
        assert!(rain("city, 1.5::rain, night::", ""));
        assert!(rain("{{rain}}, [city]", "rain:".trim_end_matches("rain:")));
        let wishes = Wishes::read("space, stars", "negative space, blank page");
        assert_eq!(wishes.places, [Place::Space]);
        assert_eq!(Wishes::read("no humans, scenery", "").girls, 0);
    }

    #[test]
    fn a_closed_weight_does_not_reach_further() {
        let wishes = Wishes::read("-2::snow:: rain, stars", "");
        assert!(wishes.has(Thing::Rain) && wishes.has(Thing::Stars) && !wishes.has(Thing::Snow));
    }
}
