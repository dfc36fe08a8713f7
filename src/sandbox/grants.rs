//! Who may do what, and how it came about: the grants that follow from roles, groups and products.

use super::world::{Account, MembershipState, Role, World};

/// One role on one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What it is on.
    pub resource: Resource,
    /// The role, in the API's word.
    pub role: &'static str,
    /// How it came about, each way once.
    pub methods: Vec<GrantMethod>,
}

/// One role on one resource that a group gives to its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupGrant {
    /// What it is on.
    pub resource: Resource,
    /// The role, in the API's word.
    pub role: &'static str,
}

/// What a role is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// The organisation.
    Organization,
    /// The site that the first workspace is on.
    Site,
    /// The workspace at this place in [`World::workspaces`].
    Workspace(usize),
}

/// How a role came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantMethod {
    /// It follows from another role.
    Inferred,
    /// It was given to the account.
    Direct,
    /// It was given to a group of the account.
    ViaGroup,
}

impl GrantMethod {
    /// The API's word for it.
    pub fn word(self) -> &'static str {
        match self {
            GrantMethod::Inferred => "inferred",
            GrantMethod::Direct => "direct",
            GrantMethod::ViaGroup => "group_direct",
        }
    }
}

impl Resource {
    /// The identifier that the API has for it.
    pub fn id(self, world: &World) -> String {
        match self {
            Resource::Organization => format!("ari:cloud:platform::org/{}", world.org_id),
            Resource::Site => {
                let workspace = &world.workspaces[0].id;
                let site = workspace.rsplit('/').next().unwrap_or(workspace);
                format!("ari:cloud:platform::site/{site}")
            }
            Resource::Workspace(place) => world.workspaces[place].id.clone(),
        }
    }

    /// The API's word for the product that it belongs to.
    pub fn owner(self, world: &World) -> &'static str {
        match self {
            Resource::Organization | Resource::Site => "platform",
            Resource::Workspace(place) => world.workspaces[place].type_key,
        }
    }
}

impl World {
    /// Every grant of the account at `place` in [`World::accounts`], by resource.
    pub fn grants(&self, place: usize) -> Vec<Grant> {
        self.grants_of(&self.accounts[place])
    }

    /// Every grant of `account`, by resource.
    pub(super) fn grants_of(&self, account: &Account) -> Vec<Grant> {
        let mut grants: Vec<Grant> = Vec::new();
        let via_groups = || {
            let groups = account.groups.iter();
            groups.flat_map(|&group| self.group_grants(group))
        };
        let is_via_group =
            |resource, role| via_groups().any(|one| one == GroupGrant { resource, role });
        let method = |resource, role| {
            if is_via_group(resource, role) {
                GrantMethod::ViaGroup
            } else {
                GrantMethod::Direct
            }
        };
        for role in &account.roles {
            let resource = match role {
                Role::SiteAdmin => Resource::Site,
                Role::OrgAdmin | Role::UserAccessAdmin | Role::AiAccess => Resource::Organization,
            };
            grants.push(Grant {
                resource,
                role: role.word(),
                methods: vec![method(resource, role.word())],
            });
        }
        let administers = administers(account);
        for access in &account.product_access {
            let resource = Resource::Workspace(access.workspace);
            let mut methods = vec![method(resource, USER)];
            if administers {
                methods.push(GrantMethod::Inferred);
            }
            grants.push(Grant {
                resource,
                role: USER,
                methods,
            });
            if administers {
                grants.push(Grant {
                    resource,
                    role: ADMIN,
                    methods: vec![GrantMethod::Inferred],
                });
            }
        }
        for customer in via_groups().filter(|grant| grant.role == CUSTOMER) {
            grants.push(Grant {
                resource: customer.resource,
                role: customer.role,
                methods: vec![GrantMethod::ViaGroup],
            });
        }
        grants.sort_by_key(|grant| grant.resource);
        grants
    }

    /// Whether the account holds the role anywhere: the same as asking its grants, without listing them.
    pub(super) fn holds_role(&self, account: &Account, role: &str) -> bool {
        match role {
            USER => !account.product_access.is_empty(),
            ADMIN => administers(account) && !account.product_access.is_empty(),
            CUSTOMER => {
                let groups = account.groups.iter().map(|&group| &self.groups[group]);
                let mut of_customers = groups.filter(|group| group.kind == CUSTOMERS);
                of_customers.any(|group| !group.workspaces.is_empty())
            }
            _ => account.roles.iter().any(|held| held.word() == role),
        }
    }

    /// Every grant of the group at `place` in [`World::groups`].
    pub fn group_grants(&self, place: usize) -> Vec<GroupGrant> {
        let group = &self.groups[place];
        let platform = match group.name.as_str() {
            "org-admins" => Some((Resource::Organization, Role::OrgAdmin)),
            "site-admins-tarnbrook" => Some((Resource::Site, Role::SiteAdmin)),
            _ => None,
        };
        let platform = platform.map(|(resource, role)| GroupGrant {
            resource,
            role: role.word(),
        });
        let role = match group.kind {
            CUSTOMERS => CUSTOMER,
            _ => USER,
        };
        let products = group.workspaces.iter().map(|&workspace| GroupGrant {
            resource: Resource::Workspace(workspace),
            role,
        });
        platform.into_iter().chain(products).collect()
    }

    /// The state of the account in the directory of the workspace, in the API's word.
    pub(super) fn directory_status(&self, account: &Account, workspace: usize) -> &'static str {
        let directory = self.workspaces[workspace].directory;
        let mut memberships = account.memberships.iter();
        match memberships.find(|one| one.directory == directory) {
            None => "no_membership",
            Some(one) if one.state == MembershipState::Suspended => "suspended",
            Some(_) => "active",
        }
    }
}

/// Whether a role on the organisation or its site makes the account an admin of its products.
fn administers(account: &Account) -> bool {
    let mut roles = account.roles.iter();
    roles.any(|role| matches!(role, Role::OrgAdmin | Role::SiteAdmin))
}

/// Kind of a group whose members are customers of a service portal.
const CUSTOMERS: &str = "USERBASE_GROUP";

const USER: &str = "atlassian/user";
const ADMIN: &str = "atlassian/admin";
const CUSTOMER: &str = "atlassian/customer";
