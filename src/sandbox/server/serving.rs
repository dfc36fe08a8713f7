//! The way of a request through the server, until it is known what is answered.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{RawPathParams, Request};
use axum::http::{StatusCode, header};
use axum::response::Response;
use jiff::SignedDuration;

use super::allowance::Allowance;
use super::received::Received;
use super::writing::{FOREIGN_HOST, http_date, insert, twist};
use super::{Shared, lock, stopped};
use crate::sandbox::faults::FaultKind;
use crate::sandbox::options::{RateLimit, RouteLimits};
use crate::sandbox::page::Order;
use crate::sandbox::reply::{Refusal, Reply, Service};
use crate::sandbox::routes::{Call, ROUTES, Route};
use crate::sandbox::world::ScimKey;

/// Requests that the headers promise per period while no limit is set.
const PROMISED_LIMIT: u32 = 1_000;

/// Period that the headers name while no limit is set.
const PROMISED_PERIOD: Duration = Duration::from_secs(60);

impl Shared {
    pub(super) async fn refuse(&self, refusal: Refusal, request: Request) -> Response {
        let received = Received::read(request, Vec::new()).await;
        lock(&self.log).keep(received.record(None, refusal.status));
        let body = refusal
            .body_of(Service::V2, &received.path, self.now())
            .to_string();
        self.response(refusal.status, "application/json", Body::from(body), None)
    }

    pub(super) async fn serve(
        &self,
        place: usize,
        params: &RawPathParams,
        request: Request,
    ) -> Response {
        let route = &ROUTES[place];
        let params = params
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let received = Received::read(request, params).await;
        let (of_route, of_all) = lock(&self.log).count(place);
        let order = self.order(route, of_route, of_all);
        let faults: Vec<FaultKind> = self
            .options
            .faults
            .iter()
            .filter(|fault| fault.meets(route.name, of_route, of_all))
            .map(|fault| fault.what)
            .collect();
        for fault in &faults {
            if let FaultKind::Delay(delay) = fault {
                tokio::select! {
                    () = tokio::time::sleep(*delay) => {}
                    () = stopped(self.stopping.clone()) => {}
                }
            }
        }
        let mut response = self.answer(place, &received, &faults, order);
        for fault in &faults {
            if let FaultKind::Skew(seconds) = *fault {
                let skewed = self.now() + SignedDuration::from_secs(i64::from(seconds));
                insert(&mut response, header::DATE, &http_date(skewed));
            }
        }
        lock(&self.log).keep(received.record(Some(route.name), response.status()));
        response
    }

    /// What became of the listing that the route walks or counts.
    fn order(&self, route: &Route, of_route: u32, of_all: u32) -> Order {
        let (name, number) = match route.counts() {
            None => (route.name, of_route),
            Some(listing) => {
                let place = ROUTES.iter().position(|known| known.name == listing);
                let place = place.expect("a listing that is counted is a route");
                (listing, lock(&self.log).per_route[place])
            }
        };
        let faults = self.options.faults.iter();
        let mut orders = faults.filter_map(|fault| fault.order(name, number, of_all));
        orders.next().unwrap_or_default()
    }

    fn answer(
        &self,
        place: usize,
        received: &Received,
        faults: &[FaultKind],
        order: Order,
    ) -> Response {
        let route = &ROUTES[place];
        let allowance = self.spend(place);
        for &fault in faults {
            match fault {
                FaultKind::Status(status, hint) => {
                    return self.failed(route, received, status, hint, allowance);
                }
                FaultKind::Html(status) => {
                    let status = StatusCode::from_u16(status).expect("200 or 500");
                    return self.page_for_people(status, Some(allowance));
                }
                FaultKind::Redirect => {
                    let mut response = self.response(
                        StatusCode::FOUND,
                        "text/plain",
                        Body::empty(),
                        Some(allowance),
                    );
                    insert(
                        &mut response,
                        header::LOCATION,
                        &format!("{FOREIGN_HOST}{}", received.path),
                    );
                    return response;
                }
                FaultKind::DeadCursor if received.has_cursor() => {
                    return self.refused(route, received, &Refusal::cursor(), Some(allowance));
                }
                _ => {}
            }
        }
        if allowance.exceeded {
            return self.refused(route, received, &Refusal::rate_limit(), Some(allowance));
        }
        match self.read(route, received, order) {
            Err(refusal) => self.refused(route, received, &refusal, Some(allowance)),
            Ok(reply) => {
                let body = match reply {
                    Reply::Whole(body) => body,
                    Reply::Page(page) => twist(*page, faults).body(&self.public_url),
                };
                self.written(body, faults, allowance)
            }
        }
    }

    /// What the route itself says, once the key and the organisation are right.
    fn read(
        &self,
        route: &'static Route,
        received: &Received,
        order: Order,
    ) -> Result<Reply, Refusal> {
        let given = received.headers.get(header::AUTHORIZATION);
        let expected = self.key_of(route, received)?;
        let expected = expected.map(|key| format!("Bearer {key}"));
        let accepted = given
            .zip(expected)
            .is_some_and(|(given, expected)| given == expected.as_str());
        if !accepted {
            return Err(Refusal::unauthorized());
        }
        let org = received.params.iter().find(|(name, _)| name == "org");
        if org.is_some_and(|(_, id)| *id != self.world.org_id) {
            // The reference has one word for a domain that cannot be reached, whatever the reason.
            let domain = route.name == "domain";
            return Err(if domain {
                Refusal::domain()
            } else {
                Refusal::organization()
            });
        }
        if !self.world.own_key().opens(route.scope()) {
            return Err(Refusal::forbidden());
        }
        let call = Call {
            world: &self.world,
            accounts_by_id: &self.accounts_by_id,
            options: &self.options,
            public_url: &self.public_url,
            route,
            order,
            path: &received.path,
            params: received.params.clone(),
            query: received.parsed_query.clone()?,
            body: received.json()?,
        };
        (route.answer)(&call)
    }

    /// The key that opens the route; nothing where none does.
    fn key_of(&self, route: &Route, received: &Received) -> Result<Option<&str>, Refusal> {
        let directory = received
            .params
            .iter()
            .find(|(name, _)| name == "scim_directory");
        let Some((_, id)) = directory.filter(|_| route.service == Service::Scim) else {
            return Ok(Some(&self.options.key));
        };
        let mut directories = self.world.scim_directories.iter();
        let directory = directories.find(|directory| directory.id == *id);
        match directory.map(|directory| directory.key) {
            Some(ScimKey::Known) => Ok(Some(&self.options.scim_key)),
            Some(ScimKey::Lost) => Ok(None),
            // Who has no key is told nothing of what there is.
            None if received.headers.contains_key(header::AUTHORIZATION) => {
                Err(Refusal::resource())
            }
            None => Ok(None),
        }
    }

    /// Counts one request of the route at `place` against the rate limits: the tightest one is told.
    fn spend(&self, place: usize) -> Allowance {
        let after = |period: Duration| {
            let ahead = SignedDuration::try_from(period).unwrap_or(SignedDuration::from_mins(1));
            self.now()
                .saturating_add(ahead)
                .expect("only a calendar unit can fail here")
        };
        let of_route = ROUTES[place].limit().zip(self.options.route_limits);
        let of_route =
            of_route.map(|(requests, RouteLimits { period })| RateLimit { requests, period });
        let limits = [(place, of_route), (ROUTES.len(), self.options.rate_limit)];
        let mut windows = lock(&self.windows);
        let spent = limits.into_iter().filter_map(|(window, limit)| {
            let limit = limit?;
            let window = &mut windows[window];
            let (remaining, left) = window.spend(limit);
            Some(Allowance {
                limit: limit.requests,
                remaining,
                reset: after(left),
                exceeded: window.used > limit.requests,
            })
        });
        let tightest = spent.min_by_key(|allowance| (!allowance.exceeded, allowance.remaining));
        // Without a limit, the same on every answer, so that a recorded walk does not depend on its
        // order.
        tightest.unwrap_or_else(|| Allowance {
            limit: PROMISED_LIMIT,
            remaining: PROMISED_LIMIT - 1,
            reset: after(PROMISED_PERIOD),
            exceeded: false,
        })
    }
}
