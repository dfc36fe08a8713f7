//! The audit log: half a year of events, each made when it is asked for.
//!
//! Two sorts of events are merged in the order in which they were processed. *Planted* ones follow
//! from the organisation (a token that exists was created, a leaver was switched off) or are there
//! for a control; they are few and kept as a list. *Filling* ones are what people do all day; the
//! event at a place is computed from the seed and its place alone, so that a log of any length costs
//! nothing to hold. Filling events fit the accounts: nobody acts before they were added, or after the
//! last activity that the directories tell of them.
//!
//! Ids of actions are those that public sources name, as far as there are any. Where only a title is
//! public (a changed allowlist, a removed domain, a created API key), the id is the sandbox's own:
//! clients have to find it by its title in the list of actions.

use jiff::Timestamp;

use super::kind::GuardPlan;
use super::random::Random;
use super::world::{Account, ClaimStatus, DAY_MS, Role, World};

/// Days that the vendor keeps events for.
const RETENTION_DAYS: i64 = 180;

/// Filling events per account, and the least and the most of them.
const EVENTS_PER_ACCOUNT: usize = 12;
const FILLING_MIN: usize = 240;
const FILLING_MAX: usize = 300_000;

/// Of so many filling events, one is processed in the same millisecond as the one before.
const TWIN_EVERY: usize = 89;

/// Most people that are tried for an event before it is given to the system.
const ACTOR_TRIES_MAX: usize = 8;

/// Longest time that a filling event takes to reach the log, in milliseconds.
pub(super) const DELAY_MAX: i64 = 300 * MINUTE_MS;

/// People of an organisation in which somebody makes many tokens at once.
const BURST_PEOPLE_MIN: usize = 15;

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;

/// An event of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// Place in the log, in the order of processing.
    pub place: usize,
    /// Id.
    pub id: String,
    /// When it happened; a few are told to the second.
    pub time: Timestamp,
    /// When it reached the log: later, and not in the order in which things happened.
    pub processed_at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// What happened.
    pub what: Happening,
}

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The account at this place in [`World::accounts`].
    Account(usize),
    /// The app account at the first place, for the person at the second.
    App(usize, usize),
    /// Atlassian itself.
    System,
}

/// What happened. Numbers are places in the lists of the [`World`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each says by its name what happened, and to what"
)]
pub enum Happening {
    LoggedIn,
    /// A failed sign-in that has an id of its own.
    LoginFailed,
    /// A failed sign-in that is told as a sign-in with the status `failed`.
    LoginRejected,
    LoggedOut,
    TokenCreated(usize),
    /// A token that was revoked since, so that no list knows it. Each has a number of its own.
    TokenCreatedAndGone(u8),
    KeyCreated(usize),
    AccountCreated(usize),
    AccountDeactivated(usize),
    AccountReactivated(usize),
    GroupJoined {
        account: usize,
        group: usize,
    },
    GroupLeft {
        account: usize,
        group: usize,
    },
    /// As [`Happening::GroupLeft`], by the identity provider.
    ProvisioningRemoved {
        account: usize,
        group: usize,
    },
    RoleGranted {
        account: usize,
        workspace: usize,
    },
    RoleRevoked {
        account: usize,
        workspace: usize,
    },
    GroupGrantedAdmin {
        group: usize,
    },
    OrgAdminAdded(usize),
    InvitedAsAdmin(usize),
    LoggedInAs(usize),
    TwoStepDisabled(usize),
    /// An organisation setting: its name and what changed.
    SettingUpdated(&'static str, &'static str),
    AuthenticationPolicyModified(usize),
    AllowlistModified(usize),
    DomainAdded(usize),
    DomainRemoved(usize),
    AppInstalled {
        workspace: usize,
    },
    ClassificationChanged,
    UsersViewed,
    ProfileViewed(usize),
    /// Something in a product: the action, and the workspace.
    Content(&'static str, usize),
    /// An action that the list of actions does not know.
    Unlisted(&'static str),
}

/// An action as the list of actions tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    /// Id, as events name it.
    pub id: &'static str,
    /// Title.
    pub title: &'static str,
    /// Title of its group.
    pub group: &'static str,
}

const fn action(id: &'static str, title: &'static str, group: &'static str) -> Action {
    Action { id, title, group }
}

/// The organisation's list of actions.
#[rustfmt::skip]
pub const ACTIONS: &[Action] = &[
    action("user_login", "Logged in to account", "Authentication"),
    action("user_login_failed", "Failed to log in to account", "Authentication"),
    action("user_logout", "Logged out of account", "Authentication"),
    action("user_logged_in_as_user", "Logged in as another user", "Authentication"),
    action("twosv_disabled_for_user", "Disabled two-step verification for user", "Authentication"),
    action("user_created", "Created user", "User management"),
    action("user_deactivated", "Deactivated account", "User management"),
    action("user_invite_to_org", "Invited user to organization", "User management"),
    action("user_profile_viewed", "Viewed user profile", "User management"),
    action("organization_users_viewed", "Viewed users of organization", "User management"),
    action("added_org_admin", "Organization admin added", "Organization administration"),
    action("org_settings_update", "Updated organization settings", "Organization administration"),
    action("admin_api_key_created", "Admin API key created", "Organization administration"),
    action("verified_domain_added", "Verified domain added", "Organization administration"),
    action("verified_domain_removed", "Verified domain removed", "Organization administration"),
    action("authentication_policy_created", "Authentication policy created", "Organization policy"),
    action("authentication_policy_modified", "Authentication policy modified", "Organization policy"),
    action("authentication_policy_removed", "Authentication policy removed", "Organization policy"),
    action("two_step_policy_changed", "Two-step verification policy changed", "Organization policy"),
    action("ip_allowlist_modified", "IP allowlist modified", "Organization policy"),
    action("ip_allowlist_deleted", "IP allowlist deleted", "Organization policy"),
    action("data_classification_policy_update", "Updated data classification policy", "Data security"),
    action("user_granted_role", "Granted role to user", "Product access"),
    action("user_revoked_role", "Revoked role from user", "Product access"),
    action("group_granted_admin_access", "Granted group admin access", "Product access"),
    action("user_added_to_group", "Added user to group", "Groups"),
    action("user_removed_from_group", "Removed user from group", "Groups"),
    action("group_created", "Created group", "Groups"),
    action("group_deleted", "Deleted group", "Groups"),
    action("scim_group_remove_member", "Removed member from synced group", "User provisioning"),
    action("api_token_created", "Created API token", "API tokens"),
    action("api_token_revoked", "Revoked API token", "API tokens"),
    action("marketplace_app_installed", "Installed app", "Apps"),
    action("jira_issue_viewed", "Viewed Jira issue", "Product content"),
    action("jira_issue_updated", "Updated Jira issue", "Product content"),
    action("confluence_page_viewed", "Viewed Confluence page", "Product content"),
    action("confluence_page_updated", "Updated Confluence page", "Product content"),
    action("user_reactivated", "Reactivated account", "User management"),
];

impl Happening {
    /// Id of the action.
    pub fn action(&self) -> &'static str {
        match self {
            Happening::LoggedIn | Happening::LoginRejected => "user_login",
            Happening::LoginFailed => "user_login_failed",
            Happening::LoggedOut => "user_logout",
            Happening::TokenCreated(_) | Happening::TokenCreatedAndGone(_) => "api_token_created",
            Happening::KeyCreated(_) => "admin_api_key_created",
            Happening::AccountCreated(_) => "user_created",
            Happening::AccountDeactivated(_) => "user_deactivated",
            Happening::AccountReactivated(_) => "user_reactivated",
            Happening::GroupJoined { .. } => "user_added_to_group",
            Happening::GroupLeft { .. } => "user_removed_from_group",
            Happening::ProvisioningRemoved { .. } => "scim_group_remove_member",
            Happening::RoleGranted { .. } => "user_granted_role",
            Happening::RoleRevoked { .. } => "user_revoked_role",
            Happening::GroupGrantedAdmin { .. } => "group_granted_admin_access",
            Happening::OrgAdminAdded(_) => "added_org_admin",
            Happening::InvitedAsAdmin(_) => "user_invite_to_org",
            Happening::LoggedInAs(_) => "user_logged_in_as_user",
            Happening::TwoStepDisabled(_) => "twosv_disabled_for_user",
            Happening::SettingUpdated(..) => "org_settings_update",
            Happening::AuthenticationPolicyModified(_) => "authentication_policy_modified",
            Happening::AllowlistModified(_) => "ip_allowlist_modified",
            Happening::DomainAdded(_) => "verified_domain_added",
            Happening::DomainRemoved(_) => "verified_domain_removed",
            Happening::AppInstalled { .. } => "marketplace_app_installed",
            Happening::ClassificationChanged => "data_classification_policy_update",
            Happening::UsersViewed => "organization_users_viewed",
            Happening::ProfileViewed(_) => "user_profile_viewed",
            Happening::Content(action, _) | Happening::Unlisted(action) => action,
        }
    }
}

/// What the log of an organisation is made from.
#[derive(Clone, Debug, Default)]
pub(super) struct AuditLog {
    seed: u64,
    /// First moment of the log, in milliseconds since 1970.
    start: i64,
    /// Filling events.
    filling: usize,
    /// Milliseconds that each filling event has to itself.
    step: i64,
    /// In the order of processing.
    planted: Vec<Planted>,
    /// Places in the whole log of the planted events, ascending.
    ranks: Vec<usize>,
    /// People who were seen lately.
    people: Vec<usize>,
    /// Organisation admins.
    admins: Vec<usize>,
    /// App accounts.
    apps: Vec<usize>,
    /// Whether what people do with content is logged.
    content: Content,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Content {
    #[default]
    Unlogged,
    Logged,
}

/// An event that stands in a list. Times are in milliseconds since 1970.
#[derive(Clone, Copy, Debug)]
struct Planted {
    time: i64,
    processed: i64,
    actor: Actor,
    what: Happening,
}

/// Which event stands at a place of the whole log.
enum Sort {
    Planted(usize),
    Filling(usize),
}

impl AuditLog {
    /// The log of `world`, whose other parts are complete.
    pub(super) fn of(seed: u64, world: &World) -> AuditLog {
        if world.kind.plan == GuardPlan::None {
            return AuditLog::default();
        }
        let places = |keep: &dyn Fn(&Account) -> bool| -> Vec<usize> {
            (0..world.accounts.len())
                .filter(|&place| keep(&world.accounts[place]))
                .collect()
        };
        let end = world.as_of.as_millisecond();
        let lately = end - 60 * DAY_MS;
        let filling = world.accounts.len().saturating_mul(EVENTS_PER_ACCOUNT);
        let filling = filling.clamp(FILLING_MIN, FILLING_MAX);
        let mut log = AuditLog {
            seed,
            start: end - RETENTION_DAYS * DAY_MS,
            filling,
            step: RETENTION_DAYS * DAY_MS / i64::try_from(filling).expect("at most FILLING_MAX"),
            planted: Vec::new(),
            ranks: Vec::new(),
            people: places(&|account| {
                account.is_active_person()
                    && account
                        .newest_activity()
                        .is_some_and(|newest| newest.as_millisecond() > lately)
            }),
            admins: places(&|account| {
                account.is_active_person()
                    && account.roles.contains(&Role::OrgAdmin)
                    && account.newest_activity().is_some()
            }),
            apps: places(&|account| account.kind == super::world::AccountKind::App),
            content: if world.kind.plan == GuardPlan::Premium {
                Content::Logged
            } else {
                Content::Unlogged
            },
        };
        log.plant(world, end);
        log
    }

    pub(super) fn len(&self) -> usize {
        self.filling + self.planted.len()
    }

    /// When the event at `place` was processed: never before the one ahead of it.
    pub(super) fn processed_at(&self, place: usize) -> i64 {
        match self.sort(place) {
            Sort::Planted(number) => self.planted[number].processed,
            Sort::Filling(number) => self.filling_processed(number),
        }
    }

    /// Events that were processed before `moment`, in milliseconds since 1970.
    pub(super) fn processed_before(&self, moment: i64) -> usize {
        first_that(self.len(), |place| self.processed_at(place) >= moment)
    }

    pub(super) fn event(&self, world: &World, place: usize) -> AuditEvent {
        let (time, processed, actor, what) = match self.sort(place) {
            Sort::Planted(number) => {
                let planted = self.planted[number];
                (planted.time, planted.processed, planted.actor, planted.what)
            }
            Sort::Filling(number) => self.filling_event(world, number),
        };
        AuditEvent {
            place,
            id: self.id(place),
            time: timestamp(time),
            processed_at: timestamp(processed),
            actor,
            what,
        }
    }

    /// Numbers for how a part of the event at `place` is told.
    pub(super) fn telling(&self, part: &str, place: usize) -> Random {
        Random::of_place(self.seed, part, place)
    }

    /// The place of the event with this id.
    pub(super) fn place_of(&self, id: &str) -> Option<usize> {
        let number = u32::from_str_radix(id.get(..8)?, 16).ok()?;
        let place = usize::try_from(number ^ self.mask()).ok()?;
        (place < self.len() && self.id(place) == id).then_some(place)
    }

    /// The first part of an id is its place behind a mask, so that one can be found by it.
    fn id(&self, place: usize) -> String {
        let number = u32::try_from(place).expect("a log of less than 2^32 events");
        let mut random = Random::of_place(self.seed, "event id", place);
        format!("{:08x}{}", number ^ self.mask(), &random.uuid()[8..])
    }

    fn mask(&self) -> u32 {
        let number = Random::of_part(self.seed, "event ids").number();
        u32::try_from(number >> 32).expect("half of 64 bits")
    }

    fn sort(&self, place: usize) -> Sort {
        match self.ranks.binary_search(&place) {
            Ok(number) => Sort::Planted(number),
            Err(planted_before) => Sort::Filling(place - planted_before),
        }
    }

    fn filling_processed(&self, number: usize) -> i64 {
        let number = match number % TWIN_EVERY {
            0 => number.saturating_sub(1),
            _ => number,
        };
        let mut random = Random::of_place(self.seed, "processed", number);
        let slot = i64::try_from(number).expect("at most FILLING_MAX");
        self.start + slot * self.step + random.between(0, self.step - 1)
    }

    fn filling_event(&self, world: &World, number: usize) -> (i64, i64, Actor, Happening) {
        let processed = self.filling_processed(number);
        let mut random = Random::of_place(self.seed, "event", number);
        // Most are there in a moment, some take minutes, a few take hours.
        let delay = match random.below(200) {
            0..160 => random.between(150, 2_500),
            160..192 => random.between(3 * SECOND_MS, MINUTE_MS),
            192..198 => random.between(MINUTE_MS, 10 * MINUTE_MS),
            _ => random.between(10 * MINUTE_MS, DELAY_MAX - SECOND_MS),
        };
        let time = match random.below(8) {
            0 => (processed - delay) / SECOND_MS * SECOND_MS,
            _ => processed - delay,
        };
        let (actor, what) = self.fill(world, time, &mut random);
        (time, processed, actor, what)
    }

    /// What someone did at `time`.
    fn fill(&self, world: &World, time: i64, random: &mut Random) -> (Actor, Happening) {
        let system = |random: &mut Random| {
            let account = random.below(world.accounts.len());
            let group = random.below(world.groups.len());
            let what = if world.kind.has_provisioning() {
                Happening::ProvisioningRemoved { account, group }
            } else {
                Happening::GroupLeft { account, group }
            };
            (Actor::System, what)
        };
        let kind = random.below(100);
        let Some(person) = someone(world, &self.people, time, random) else {
            return system(random);
        };
        let workspace = {
            let access = &world.accounts[person].product_access;
            match access.len() {
                0 => random.below(world.workspaces.len()),
                count => access[random.below(count)].workspace,
            }
        };
        let admin = |random: &mut Random, what: Happening| {
            let admin = someone(world, &self.admins, time, random);
            (admin.map_or(Actor::System, Actor::Account), what)
        };
        let account = random.below(world.accounts.len());
        let group = random.below(world.groups.len());
        let content = |random: &mut Random| {
            let product = world.workspaces[workspace].type_key;
            let action = match (product == "confluence", random.chance(75)) {
                (true, true) => "confluence_page_viewed",
                (true, false) => "confluence_page_updated",
                (false, true) => "jira_issue_viewed",
                (false, false) => "jira_issue_updated",
            };
            Happening::Content(action, workspace)
        };
        let me = Actor::Account(person);
        match kind {
            0..48 => (me, Happening::LoggedIn),
            48..56 => (me, Happening::LoggedOut),
            56..59 => (me, Happening::LoginFailed),
            59..60 => (me, Happening::LoginRejected),
            60..66 => admin(random, Happening::GroupJoined { account, group }),
            66..69 => admin(random, Happening::GroupLeft { account, group }),
            69..73 => admin(random, Happening::RoleGranted { account, workspace }),
            73..75 => admin(random, Happening::RoleRevoked { account, workspace }),
            75..77 => admin(random, Happening::ProfileViewed(account)),
            77..78 => admin(random, Happening::UsersViewed),
            78..80 => system(random),
            80..81 => (me, Happening::Unlisted("jira_global_permission_added")),
            _ if self.content == Content::Unlogged => (me, Happening::LoggedIn),
            81..97 => (me, content(random)),
            _ => {
                let what = content(random);
                match self.apps.len() {
                    0 => (me, what),
                    count => (Actor::App(self.apps[random.below(count)], person), what),
                }
            }
        }
    }

    /// Lists what follows from the organisation and what controls look for.
    fn plant(&mut self, world: &World, end: i64) {
        let mut random = Random::of_part(self.seed, "planted events");
        let (start, admins) = (self.start, self.admins.clone());
        let mut planted = Vec::new();
        let mut add = |time: i64, actor: Actor, what: Happening, random: &mut Random| {
            // What is only just being processed is in the next answer, not in this one.
            let processed = time + random.between(150, 2_500);
            if time >= start && processed <= end {
                planted.push(Planted {
                    time,
                    processed,
                    actor,
                    what,
                });
            }
        };
        let some_admin = |time: i64, random: &mut Random| {
            someone(world, &admins, time, random).map_or(Actor::System, Actor::Account)
        };
        for (place, token) in world.tokens.iter().enumerate() {
            let (time, owner) = (token.created.as_millisecond(), Actor::Account(token.owner));
            add(time, owner, Happening::TokenCreated(place), &mut random);
        }
        for (place, key) in world.api_keys.iter().enumerate() {
            let (time, maker) = (key.created.as_millisecond(), Actor::Account(key.creator));
            add(time, maker, Happening::KeyCreated(place), &mut random);
        }
        for (place, account) in world.accounts.iter().enumerate() {
            if account.managed {
                let time = account.added.as_millisecond();
                let actor = some_admin(time, &mut random);
                add(time, actor, Happening::AccountCreated(place), &mut random);
            }
            if let Some(deactivated) = account.deactivated {
                let time = deactivated.as_millisecond();
                let actor = some_admin(time, &mut random);
                let what = Happening::AccountDeactivated(place);
                add(time, actor, what, &mut random);
            }
        }
        for (days, more, what) in scheduled(world, &self.people, &self.admins) {
            let time = end - days * DAY_MS - more;
            let actor = match what {
                Happening::LoginFailed | Happening::TokenCreatedAndGone(_) => {
                    match self.people.first() {
                        Some(&person) => Actor::Account(person),
                        None => continue,
                    }
                }
                _ => some_admin(time, &mut random),
            };
            add(time, actor, what, &mut random);
        }
        planted.sort_by_key(|planted| (planted.processed, planted.time));
        self.ranks = planted
            .iter()
            .enumerate()
            .map(|(number, planted)| {
                let before = first_that(self.filling, |place| {
                    self.filling_processed(place) > planted.processed
                });
                number + before
            })
            .collect();
        self.planted = planted;
    }
}

/// What happened on a given day, so many days and milliseconds before the end.
fn scheduled(world: &World, people: &[usize], admins: &[usize]) -> Vec<(i64, i64, Happening)> {
    let mut all = vec![
        (3, 1_000, "samlEnabled"),
        (41, 7_000, "twoStepVerificationRequired"),
        (100, 5_000, "idleSessionDuration"),
        (179, 60_000, "samlEnabled"),
    ]
    .into_iter()
    .map(|(days, more, values)| {
        let what = Happening::SettingUpdated("AuthenticationPolicy", values);
        (days, more, what)
    })
    .collect::<Vec<_>>();
    all.push((
        66,
        0,
        Happening::SettingUpdated("ExternalUserPolicy", "=1+1"),
    ));
    all.push((5, 0, Happening::Unlisted("org_retention_job_completed")));
    all.push((140, 0, Happening::ClassificationChanged));
    if !world.authentication_policies.is_empty() {
        all.push((2, 30_000, Happening::AuthenticationPolicyModified(0)));
    }
    let is_allowlist = |place: &usize| world.policies[*place].kind == "ip-allowlist";
    let allowlists = (0..world.policies.len()).filter(is_allowlist);
    for (policy, days) in allowlists.zip([9, 63, 130]) {
        all.push((days, 11_000, Happening::AllowlistModified(policy)));
    }
    for (place, domain) in world.domains.iter().enumerate() {
        match domain.claim {
            ClaimStatus::Deleted => all.push((15, 0, Happening::DomainRemoved(place))),
            ClaimStatus::Verified if domain.claim_type.is_none() => {
                all.push((120, 0, Happening::DomainAdded(place)));
            }
            _ => {}
        }
    }
    // Somebody who is no admin, if there is anybody.
    if let Some(&person) = people.iter().find(|place| !admins.contains(place)) {
        for days in [12, 77, 150] {
            all.push((days, 0, Happening::LoggedInAs(person)));
        }
        all.push((22, 0, Happening::TwoStepDisabled(person)));
        all.push((21, 0, Happening::InvitedAsAdmin(person)));
    }
    if let Some(&admin) = admins.first() {
        all.push((30, 0, Happening::OrgAdminAdded(admin)));
        let group = world.accounts[admin].groups.iter().copied().min();
        if let Some(group) = group {
            let account = admin;
            all.push((29, 0, Happening::GroupJoined { account, group }));
        }
    }
    let hostile = world
        .groups
        .iter()
        .position(|group| group.name.contains('<'));
    if let Some(group) = hostile {
        all.push((55, 0, Happening::GroupGrantedAdmin { group }));
    }
    all.push((18, 0, Happening::AppInstalled { workspace: 0 }));
    // Nine wrong passwords in forty minutes.
    all.extend((0..9).map(|number| (20, number * 5 * MINUTE_MS, Happening::LoginFailed)));
    // Two people who came back, where there are as many.
    let others = people
        .iter()
        .filter(|place| !admins.contains(place))
        .skip(1);
    for (&person, days) in others.zip([34, 49]) {
        all.push((days, 3_000, Happening::AccountReactivated(person)));
    }
    // Seven tokens in eighteen minutes, where the organisation is large enough that nobody saw it.
    if people.len() > BURST_PEOPLE_MIN {
        all.extend((0..7).map(|number| {
            let what = Happening::TokenCreatedAndGone(number);
            (47, i64::from(number) * 3 * MINUTE_MS, what)
        }));
    }
    all
}

/// One of `places` who was there at `time`.
fn someone(world: &World, places: &[usize], time: i64, random: &mut Random) -> Option<usize> {
    if places.is_empty() {
        return None;
    }
    let mut tries = (0..ACTOR_TRIES_MAX).map(|_| places[random.below(places.len())]);
    tries.find(|&place| {
        let account = &world.accounts[place];
        let newest = account.newest_activity();
        account.added.as_millisecond() <= time
            && newest.is_some_and(|newest| newest.as_millisecond() >= time)
    })
}

/// The first of `length` places that `holds` is true of, where it is true of all after it.
fn first_that(length: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, length);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

fn timestamp(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).expect("half a year before a date of this millennium")
}
