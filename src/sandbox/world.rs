//! The organisation as it is, before any API speaks of it.
//!
//! Everything here is plain data in a fixed order. What the wire hides (a hidden address, a field
//! that only one source tells) is written down here too, so that [`truth`](mod@super::truth) can be
//! told from the world and never from an answer.

use jiff::Timestamp;

use super::audit_log::{AuditEvent, AuditLog};
use super::kind::WorldKind;

/// Most accounts that an organisation may have.
pub const USERS_MAX: u32 = 1_000_000;

/// Milliseconds of a day of 86 400 s.
pub(super) const DAY_MS: i64 = 86_400_000;

/// What an organisation is made from: the same spec gives the same organisation, byte for byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorldSpec {
    /// Accounts of every kind, 1 to [`USERS_MAX`]. From 10 on, the main cases exist; from 100 on, all.
    pub users: u32,
    /// Any number; another seed gives other people, ids and proportions.
    pub seed: u64,
    /// The moment at which the organisation is as described, used to the millisecond.
    pub as_of: Timestamp,
    /// What it has and what it lacks.
    pub kind: WorldKind,
}

impl WorldSpec {
    /// An organisation that has everything.
    pub fn new(users: u32, seed: u64, as_of: Timestamp) -> WorldSpec {
        let kind = WorldKind::default();
        WorldSpec {
            users,
            seed,
            as_of,
            kind,
        }
    }
}

/// An organisation: everything that the sandbox's API can tell, and what it hides.
#[derive(Clone, Debug)]
pub struct World {
    /// The moment at which it is so, in whole milliseconds, as the API writes times.
    pub as_of: Timestamp,
    /// What it has and what it lacks.
    pub kind: WorldKind,
    /// Id of the organisation.
    pub org_id: String,
    /// Name of the organisation.
    pub org_name: String,
    /// User directories.
    pub directories: Vec<Directory>,
    /// Domains and their claims.
    pub domains: Vec<Domain>,
    /// Every account, in the order of the API's pages.
    pub accounts: Vec<Account>,
    /// Groups of every directory.
    pub groups: Vec<Group>,
    /// Organisation policies.
    pub policies: Vec<Policy>,
    /// Product instances.
    pub workspaces: Vec<Workspace>,
    /// API tokens of managed accounts.
    pub tokens: Vec<Token>,
    /// API keys of the organisation.
    pub api_keys: Vec<ApiKey>,
    /// API tokens of service accounts.
    pub service_tokens: Vec<ServiceToken>,
    /// OAuth clients of service accounts.
    pub oauth_clients: Vec<OauthClient>,
    /// Authentication policies; the first is the default one. Empty without managed accounts.
    pub authentication_policies: Vec<AuthenticationPolicy>,
    /// Data security policies, drafts among them.
    pub data_security_policies: Vec<DataSecurityPolicy>,
    /// Classification levels, however far they got.
    pub classification_levels: Vec<ClassificationLevel>,
    /// Directories that identity providers fill.
    pub scim_directories: Vec<ScimDirectory>,
    /// How many accounts are managed: every page of their list tells it.
    pub(super) managed: usize,
    /// What the audit log is made from; [`World::event`] tells its events.
    pub(super) audit_log: AuditLog,
}

impl World {
    /// Makes the organisation that `spec` describes.
    ///
    /// # Panics
    /// If `spec.users` is not 1 to [`USERS_MAX`], or `spec.as_of` lies before the year 2000 or
    /// after the year 9000: the caller checks what a person typed.
    pub fn generate(spec: &WorldSpec) -> World {
        super::generate::world(spec)
    }

    /// The domains that the organisation says are its own: the value of the parameter
    /// `corporate_domains`. Not all of them are verified.
    pub fn corporate_domains(&self) -> Vec<String> {
        self.domains
            .iter()
            .filter(|domain| domain.corporate)
            .map(|domain| domain.name.clone())
            .collect()
    }

    /// The key that the sandbox's own client uses: it stands in the list of keys like any other.
    pub fn own_key(&self) -> &ApiKey {
        let own = self.api_keys.iter().find(|key| key.own);
        own.expect("every organisation has the key that it is read with")
    }

    /// Places in [`World::accounts`] of the service accounts.
    pub fn service_accounts(&self) -> impl Iterator<Item = usize> {
        let places = 0..self.accounts.len();
        places.filter(|&place| self.accounts[place].kind == AccountKind::ServiceAccount)
    }

    /// Place in [`World::authentication_policies`] of the policy that the account is in: nothing
    /// for an account that is not managed, or is no person's.
    pub fn authentication_policy_of(&self, account: usize) -> Option<usize> {
        super::generate::authentication_policy_of(self, &self.accounts[account])
    }

    /// Events of the audit log: none without a plan.
    pub fn event_count(&self) -> usize {
        self.audit_log.len()
    }

    /// The event at `place`, in the order in which events were processed, oldest first.
    ///
    /// # Panics
    /// If `place` is not below [`World::event_count`].
    pub fn event(&self, place: usize) -> AuditEvent {
        self.audit_log.event(self, place)
    }

    /// Every event, in the order in which they were processed; each is made when it is asked for.
    pub fn events(&self) -> impl Iterator<Item = AuditEvent> {
        (0..self.event_count()).map(|place| self.event(place))
    }

    /// Whether `name` is a verified domain of the organisation.
    pub(super) fn is_verified(&self, name: &str) -> bool {
        self.domains
            .iter()
            .any(|domain| domain.claim == ClaimStatus::Verified && domain.name == name)
    }
}

/// A user directory.
#[derive(Clone, Debug)]
pub struct Directory {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
}

/// A domain and its claim.
#[derive(Clone, Debug)]
pub struct Domain {
    /// Id.
    pub id: String,
    /// The domain, lower case.
    pub name: String,
    /// How the claim is shown; none where the console verified it by other means.
    pub claim_type: Option<&'static str>,
    /// State of the claim.
    pub claim: ClaimStatus,
    /// Whether the organisation says it is its own.
    pub corporate: bool,
}

/// State of a domain's claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the vendor's words, which it does not explain")]
pub enum ClaimStatus {
    Verified,
    Unverified,
    MissingToken,
    Superseded,
    Deleted,
}

impl ClaimStatus {
    /// The API's word for it.
    pub fn word(self) -> &'static str {
        match self {
            ClaimStatus::Verified => "verified",
            ClaimStatus::Unverified => "unverified",
            ClaimStatus::MissingToken => "missing_token",
            ClaimStatus::Superseded => "superseded",
            ClaimStatus::Deleted => "deleted",
        }
    }
}

/// An account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Account id, in one of the vendor's three forms.
    pub id: String,
    /// Who or what signs in.
    pub kind: AccountKind,
    /// State of the account itself.
    pub status: AccountStatus,
    /// Whether the organisation owns it.
    pub managed: bool,
    /// Full name.
    pub name: String,
    /// Short name.
    pub nickname: String,
    /// Its address.
    pub address: Address,
    /// Whether its owner confirmed the address.
    pub email_verified: bool,
    /// Directories that it is in; empty for a managed account outside any.
    pub memberships: Vec<Membership>,
    /// When it was first added to a directory of the organisation.
    pub added: Timestamp,
    /// How it came into the directory.
    pub management: Option<Management>,
    /// Two-step verification of the account itself; the API tells it of managed accounts only.
    pub mfa: Option<bool>,
    /// Roles on the organisation.
    pub roles: Vec<Role>,
    /// Places in [`World::groups`].
    pub groups: Vec<usize>,
    /// Products that it may use.
    pub product_access: Vec<ProductAccess>,
    /// Activity in products that only the older list of managed users tells.
    pub other_products: Vec<OtherProduct>,
    /// Newest activity by the older list of managed users, which may lag behind the products.
    pub last_active: Option<Timestamp>,
    /// Whether a subscription counts it.
    pub billable: bool,
    /// Job title.
    pub job: &'static str,
    /// IANA time zone.
    pub time_zone: &'static str,
    /// When it was deactivated.
    pub deactivated: Option<Timestamp>,
    /// Whether it is scheduled for deletion.
    pub for_deletion: bool,
}

impl Account {
    /// A person whose account can be used.
    pub(super) fn is_active_person(&self) -> bool {
        self.kind == AccountKind::Person && self.status == AccountStatus::Active
    }

    /// Whether its address is on `domain`, whoever may see it.
    pub(super) fn is_on_domain(&self, domain: &str) -> bool {
        let parts = self
            .address
            .known()
            .and_then(|email| email.rsplit_once('@'));
        parts.is_some_and(|(_, found)| found.eq_ignore_ascii_case(domain))
    }

    /// Newest activity of any source.
    pub(super) fn newest_activity(&self) -> Option<Timestamp> {
        self.product_access
            .iter()
            .filter_map(|access| access.last_active)
            .chain(
                self.other_products
                    .iter()
                    .filter_map(|other| other.last_active),
            )
            .chain(self.last_active)
            .max()
    }
}

/// Who or what signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// A person with an Atlassian account.
    Person,
    /// A customer who signs in to a service portal only.
    Customer,
    /// An app that acts under an account of its own.
    App,
    /// An account made for a script; the API's word for it is `app`.
    ServiceAccount,
}

impl AccountKind {
    /// The API's word for it.
    pub fn word(self) -> &'static str {
        match self {
            AccountKind::Person => "atlassian",
            AccountKind::Customer => "customer",
            AccountKind::App | AccountKind::ServiceAccount => "app",
        }
    }
}

/// State of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountStatus {
    /// It can be used.
    Active,
    /// An administrator switched it off.
    Inactive,
    /// It is gone for good.
    Closed,
}

impl AccountStatus {
    /// The API's word for it.
    pub fn word(self) -> &'static str {
        match self {
            AccountStatus::Active => "active",
            AccountStatus::Inactive => "inactive",
            AccountStatus::Closed => "closed",
        }
    }
}

/// The address of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// The API tells it.
    Shown(String),
    /// Its owner hides it: the API leaves the field out.
    Hidden(String),
    /// There is none, as with an app.
    None,
}

impl Address {
    /// The address, if the API tells it.
    pub fn shown(&self) -> Option<&str> {
        match self {
            Address::Shown(email) => Some(email),
            Address::Hidden(_) | Address::None => None,
        }
    }

    /// The address, whoever may see it.
    pub fn known(&self) -> Option<&str> {
        match self {
            Address::Shown(email) | Address::Hidden(email) => Some(email),
            Address::None => None,
        }
    }

    /// The domain of the address in lower case, if the API tells it.
    pub(super) fn shown_domain(&self) -> Option<String> {
        let (_, domain) = self.shown()?.rsplit_once('@')?;
        Some(domain.to_ascii_lowercase())
    }
}

/// One account in one directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Place in [`World::directories`].
    pub directory: usize,
    /// Whether it is suspended there.
    pub state: MembershipState,
}

/// State of a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MembershipState {
    /// It may use the directory's products.
    Active,
    /// It may not, for now.
    Suspended,
}

/// How an account came into a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Management {
    /// An identity provider keeps it.
    Synced,
    /// An administrator invited it.
    Invited,
}

impl Management {
    /// The API's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Management::Synced => "synced",
            Management::Invited => "invited",
        }
    }
}

/// A role on the organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the vendor's words, explained in its reference"
)]
pub enum Role {
    OrgAdmin,
    SiteAdmin,
    UserAccessAdmin,
    AiAccess,
}

impl Role {
    /// The API's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Role::OrgAdmin => "atlassian/org-admin",
            Role::SiteAdmin => "atlassian/site-admin",
            Role::UserAccessAdmin => "atlassian/user-access-admin",
            Role::AiAccess => "atlassian/ai-access",
        }
    }
}

/// One account's access to one workspace.
#[derive(Clone, Copy, Debug)]
pub struct ProductAccess {
    /// Place in [`World::workspaces`].
    pub workspace: usize,
    /// Newest activity recorded there.
    pub last_active: Option<Timestamp>,
}

/// A product that only the older list of managed users knows.
#[derive(Clone, Copy, Debug)]
pub struct OtherProduct {
    /// Key.
    pub key: &'static str,
    /// Name.
    pub name: &'static str,
    /// Newest activity recorded there.
    pub last_active: Option<Timestamp>,
}

/// A group.
#[derive(Clone, Debug)]
pub struct Group {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Description; may be empty.
    pub description: String,
    /// Place in [`World::directories`].
    pub directory: usize,
    /// Whether the identity provider keeps its members.
    pub synced: bool,
    /// Who may change it, in the API's word.
    pub managed_by: &'static str,
    /// Kind, in the API's word: `GROUP`, `TEAM` or `USERBASE_GROUP`.
    pub kind: &'static str,
    /// Resources that it gives a role on: places in [`World::workspaces`].
    pub workspaces: Vec<usize>,
    /// Members, counted.
    pub user_count: usize,
}

/// An organisation policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Id.
    pub id: String,
    /// Kind, in the API's word.
    pub kind: &'static str,
    /// Name.
    pub name: String,
    /// Whether it is switched on.
    pub enabled: bool,
    /// What `rule.in` lists; none where the policy has no rule of that form.
    pub rule: Option<Vec<String>>,
    /// Resources that it names.
    pub resources: Vec<PolicyResource>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Option<Timestamp>,
}

/// A resource that a policy names.
#[derive(Clone, Debug)]
pub struct PolicyResource {
    /// Place in [`World::workspaces`].
    pub workspace: usize,
    /// Application status, in the API's word.
    pub status: &'static str,
}

/// A product instance.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// ARI.
    pub id: String,
    /// Name.
    pub name: String,
    /// Product, as a key.
    pub type_key: &'static str,
    /// Product, as shown.
    pub type_name: &'static str,
    /// `online`, `offline` or `deprecated`.
    pub status: &'static str,
    /// `CHILD` for a sandbox of another one, else `NONE`.
    pub sandbox: &'static str,
    /// Plan key: `free`, `standard`, `premium` or `enterprise`.
    pub plan: &'static str,
    /// Address.
    pub host_url: Option<String>,
    /// Where its data lives.
    pub realm: &'static str,
    /// Regions that hold its data.
    pub regions: &'static [&'static str],
    /// Seats.
    pub capacity: Option<u32>,
    /// When it was made.
    pub created: Timestamp,
    /// Place in [`World::directories`] of the directory whose people use it.
    pub directory: usize,
}

/// An API token of a managed account.
#[derive(Clone, Debug)]
pub struct Token {
    /// Id.
    pub id: String,
    /// Name that its owner gave it.
    pub label: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it expires.
    pub expires: Option<Timestamp>,
    /// When it was last used.
    pub last_active: Option<Timestamp>,
    /// Place in [`World::accounts`] of its owner.
    pub owner: usize,
    /// Scopes; none for a token without scopes.
    pub scopes: Vec<&'static str>,
}

/// An API key of the organisation.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// Id.
    pub id: String,
    /// Name that its maker gave it.
    pub label: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it expires: at most a year after it was made.
    pub expires: Timestamp,
    /// When it was last used.
    pub last_active: Option<Timestamp>,
    /// Place in [`World::accounts`] of who made it.
    pub creator: usize,
    /// Scopes; none for a key without scopes, which may do everything.
    pub scopes: Vec<&'static str>,
    /// Whether it is the key that the sandbox accepts.
    pub own: bool,
}

impl ApiKey {
    /// Whether it opens what needs `scope`.
    pub fn opens(&self, scope: Option<&str>) -> bool {
        self.scopes.is_empty() || scope.is_none_or(|scope| self.scopes.contains(&scope))
    }
}

/// An API token of a service account.
#[derive(Clone, Debug)]
pub struct ServiceToken {
    /// Id.
    pub id: String,
    /// Name.
    pub label: String,
    /// Place in [`World::accounts`] of the service account.
    pub account: usize,
    /// When it was made.
    pub created: Timestamp,
    /// When it expires.
    pub expires: Option<Timestamp>,
    /// When it was last used.
    pub last_active: Option<Timestamp>,
    /// Scopes.
    pub scopes: Vec<&'static str>,
}

/// An OAuth client of a service account.
#[derive(Clone, Debug)]
pub struct OauthClient {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Place in [`World::accounts`] of the service account.
    pub account: usize,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last used.
    pub last_active: Option<Timestamp>,
    /// Scopes.
    pub scopes: Vec<&'static str>,
}

/// An authentication policy. No API tells its settings: the console exports them.
#[derive(Clone, Debug)]
pub struct AuthenticationPolicy {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Whether its members count for the bill of Atlassian Guard.
    pub billable: bool,
    /// Whether its members sign in through single sign-on.
    pub sso: bool,
    /// Whether it requires two-step verification.
    pub two_step_required: bool,
    /// Password requirements, in the console's words.
    pub password: &'static str,
    /// Least strength among them, as a word of the catalog.
    pub password_strength: &'static str,
    /// How long a session may be idle, in the console's words.
    pub idle_session: &'static str,
    /// The same in minutes.
    pub idle_session_minutes: i64,
}

/// A data security policy.
#[derive(Clone, Debug)]
pub struct DataSecurityPolicy {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// `enabled`, `disabled` or `draft`.
    pub status: &'static str,
    /// What it covers: `ORG`, `WORKSPACE`, `CONTAINER` or `CLASSIFICATION`.
    pub coverage: &'static str,
    /// What it is about, in the API's word: `publicLinks` for one.
    pub rule: &'static str,
    /// `block` or `allow`.
    pub effect: &'static str,
    /// Resources that it names.
    pub resources: Vec<PolicyResource>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Option<Timestamp>,
}

/// A level of a classification of data.
#[derive(Clone, Debug)]
pub struct ClassificationLevel {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// What it means.
    pub definition: Option<String>,
    /// What to do with such data.
    pub guideline: Option<String>,
    /// Colour, in the API's word.
    pub color: &'static str,
    /// The less, the more sensitive.
    pub sensitivity: u32,
    /// `PUBLISHED`, `DRAFT` or `ARCHIVED`.
    pub status: &'static str,
    /// Place in [`World::accounts`] of who made it.
    pub creator: usize,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed, by the one who made it.
    pub changed: Option<Timestamp>,
}

/// A directory that an identity provider fills. Its id is not that of a user directory.
#[derive(Clone, Debug)]
pub struct ScimDirectory {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Whether the sandbox has a key for it; without, nothing opens it.
    pub key: ScimKey,
    /// Its users, in the order of the API's pages.
    pub users: Vec<ScimUser>,
    /// Its groups, in the order of the API's pages.
    pub groups: Vec<ScimGroup>,
}

/// Whether there is a key to a SCIM directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScimKey {
    /// The sandbox accepts [`ServerOptions::scim_key`](super::ServerOptions::scim_key).
    Known,
    /// Nobody kept it.
    Lost,
}

/// A user as the identity provider last told it.
#[derive(Clone, Debug)]
pub struct ScimUser {
    /// Id in the directory.
    pub id: String,
    /// Id in the identity provider; not every one sends it.
    pub external_id: Option<String>,
    /// Who it is.
    pub person: ScimPerson,
    /// Whether the identity provider lets them in.
    pub active: bool,
    /// When it was first sent.
    pub created: Timestamp,
    /// When it last changed.
    pub modified: Timestamp,
}

/// Who a SCIM user is.
#[derive(Clone, Debug)]
pub enum ScimPerson {
    /// The account at this place in [`World::accounts`].
    Account(usize),
    /// Someone who has no account yet.
    Announced {
        /// Full name.
        name: String,
        /// Address.
        email: String,
    },
}

/// A group that the identity provider sends.
#[derive(Clone, Debug)]
pub struct ScimGroup {
    /// Id in the directory.
    pub id: String,
    /// Place in [`World::groups`].
    pub group: usize,
    /// Places in [`ScimDirectory::users`] of its members.
    pub members: Vec<usize>,
    /// When it was first sent.
    pub created: Timestamp,
    /// When it last changed.
    pub modified: Timestamp,
}
