use proptest::prelude::*;

use super::*;

fn part(text: &str) -> Part {
    let query = parse(text);
    assert_eq!(query.problems, [], "{text}");
    let [part] = query.parts.try_into().unwrap();
    part
}

fn test(text: &str) -> Test {
    let [test] = part(text).any.try_into().unwrap();
    test
}

fn problem(text: &str) -> (SearchProblemKind, String) {
    let query = parse(text);
    assert_eq!(query.parts, [], "{text}");
    let [problem] = query.problems.try_into().unwrap();
    (problem.kind, problem.text)
}

#[test]
fn what_is_not_understood_is_named() {
    use SearchProblemKind as Kind;
    for (text, kind, about) in [
        ("colour:red", Kind::UnknownField, "colour"),
        ("model:", Kind::NoValue, "model"),
        ("tag:\"\"", Kind::NoValue, "tag"),
        ("seed:abc", Kind::NotANumber, "abc"),
        ("seed:4294967296", Kind::NotANumber, "4294967296"),
        ("width>wide", Kind::NotANumber, "wide"),
        ("rating:6", Kind::NotARating, "6"),
        ("rating>=x", Kind::NotARating, "x"),
        ("size:832", Kind::NotASize, "832"),
        ("after:2026-13", Kind::NotADate, "2026-13"),
        ("date:2026-02-30", Kind::NotADate, "2026-02-30"),
        ("date:26", Kind::NotADate, "26"),
        ("is:lovely", Kind::UnknownState, "lovely"),
        ("kind:dream", Kind::UnknownKind, "dream"),
        ("seed>5", Kind::NoOrder, "seed"),
    ] {
        assert_eq!(problem(text), (kind, about.to_owned()), "{text}");
    }
}

#[test]
fn a_problem_says_where_it_stands_and_the_rest_is_searched() {
    let query = parse("海𠮷 rating:9 rain");
    assert_eq!(query.parts.len(), 2);
    assert_eq!((query.problems[0].from, query.problems[0].to), (4, 12));
}

#[test]
fn a_quotation_that_is_not_closed_is_said_and_taken() {
    let query = parse("char:\"silver hair");
    assert_eq!(query.problems[0].kind, SearchProblemKind::OpenQuote);
    assert_eq!(query.parts.len(), 1);
}

#[test]
fn the_example_is_understood() {
    let query = parse("model:v5 char:\"silver hair\" rating>=4 seed:123 -tag:text after:2026-08");
    assert_eq!(query.problems, []);
    let tests: Vec<(bool, Test)> = query
        .parts
        .into_iter()
        .map(|part| (part.not, part.any[0].clone()))
        .collect();
    let august = Day::Date {
        year: 2026,
        month: Some(8),
        day: None,
    };
    assert_eq!(
        tests,
        [
            (false, Test::Model("v5".into())),
            (
                false,
                Test::Text {
                    place: Place::Characters,
                    words: vec!["silver".into(), "hair".into()],
                    end: End::Whole
                }
            ),
            (
                false,
                Test::Rating(Range {
                    from: Some(4),
                    to: None
                })
            ),
            (false, Test::Seed(123)),
            (true, Test::Tag("text".into())),
            (false, Test::Days(Days::from(august))),
        ]
    );
}

#[test]
fn words_may_be_begun_and_have_anything_inside() {
    let words = |text: &str| match test(text) {
        Test::Text { words, end, .. } => (words, end),
        other => panic!("{other:?}"),
    };
    assert_eq!(words("silv"), (vec!["silv".into()], End::Begun));
    assert_eq!(words("\"silver hair\"").1, End::Whole);
    assert_eq!(words("銀髪").0, ["銀", "髪"]);
    assert_eq!(words("「銀髪」").1, End::Whole);
    assert_eq!(
        test("*ilver*"),
        Test::Inside {
            place: Place::Anywhere,
            pattern: "*ilver*".into()
        }
    );
    assert_eq!(parse("* ,, -").parts, []);
}

#[test]
fn values_have_many_forms() {
    assert_eq!(
        test("rating:★★★"),
        Test::Rating(Range {
            from: Some(3),
            to: Some(3)
        })
    );
    assert_eq!(
        test("rating:2..4"),
        Test::Rating(Range {
            from: Some(2),
            to: Some(4)
        })
    );
    assert_eq!(
        test("width:>832"),
        Test::Width(Range {
            from: Some(833),
            to: None
        })
    );
    assert_eq!(test("size:832×1216"), Test::Size(832, 1216));
    assert_eq!(test("TAG:Silver_Hair"), Test::Tag("silver·hair".into()));
    assert_eq!(part("model:v5,v4.5").any.len(), 2);
    assert_eq!(test("is:kept"), Test::Mark(Some(Mark::Keep)));
    assert_eq!(test("date:7d"), Test::Days(Days::of(Compare::Is, Day::Ago(7))));
    assert!(part("-is:rejected").not);
}

proptest! {
    #[test]
    fn any_text_is_read_and_its_places_lie_in_it(text in "[a-z:\"<>=*,. 0-9海「-]{0,60}") {
        let length = text.encode_utf16().count();
        for piece in pieces(&text) {
            prop_assert!(piece.from <= piece.value_from && piece.value_from <= piece.to && piece.to <= length);
        }
        for problem in parse(&text).problems {
            prop_assert!(problem.from < problem.to && problem.to as usize <= length);
        }
    }
}
