//! Names of people: whether a text names somebody, and whether two name the same.

/// Whether two names are of one person, as far as writing tells: case, blanks, signs and the order of the words tell
/// nothing, an initial may stand for a word, and of two addresses each is one's own.
pub(crate) fn is_same_person(a: &str, b: &str) -> bool {
    let address = |text: &str| {
        let lower = text.to_lowercase();
        lower
            .split(|letter: char| letter.is_whitespace() || "<>()[],;\"".contains(letter))
            .find(|word| word.contains('@'))
            .map(str::to_owned)
    };
    let words = |text: &str| -> Vec<String> {
        let own = text.split_whitespace().filter(|word| !word.contains('@'));
        let mut words: Vec<String> = own
            .flat_map(|word| word.split(|letter: char| !letter.is_alphanumeric()))
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        words.sort_unstable();
        words
    };
    let is_one = |(one, other): (&String, &String)| {
        let is_initial = one.chars().count() == 1 || other.chars().count() == 1;
        one == other || is_initial && one.chars().next() == other.chars().next()
    };
    let (first, second) = (words(a), words(b));
    let is_one_name =
        !first.is_empty() && first.len() == second.len() && first.iter().zip(&second).all(is_one);
    match (address(a), address(b)) {
        (Some(own), Some(other)) => own == other,
        _ => is_one_name || a.trim() == b.trim(),
    }
}

/// Words that stand where a name should.
const NOBODY: [&str; 12] = [
    "na", "n a", "none", "nobody", "no one", "noone", "tbd", "todo", "unknown", "self", "nil",
    "null",
];

/// Whether `text` names somebody, as far as writing tells.
pub(crate) fn names_somebody(text: &str) -> bool {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let name = words.join(" ").to_lowercase();
    !name.is_empty() && !NOBODY.contains(&name.as_str())
}
