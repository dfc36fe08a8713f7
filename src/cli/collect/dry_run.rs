//! `tickmark collect --dry-run`: what a run would send, and how long that takes.

use super::super::args::CollectArguments;
use super::super::console::{Table, pretty};
use super::super::exit::{Exit, Failure};
use super::super::settings::Api;
use super::super::{Terminal, block_on};
use crate::collect::{Forecast, Probe, Probes, Span, forecast, probe};
use std::fmt::Write as _;

/// Tells it. With a key the API's own counts are asked for, and nothing else; without one nothing is sent.
pub(super) fn run(
    arguments: &CollectArguments,
    api: &Api,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let without = super::known_datasets(&arguments.scope.without)?;
    let (counted, scim_keys) = match super::has_key(&api.key.value) {
        false => (None, super::read_scim_keys(api)?),
        true => {
            let request = super::probe_request(api, Probes::CountsBut(without.clone()))?;
            let counted =
                block_on(async { Ok(probe(&request, terminal.progress.as_ref()).await?) })?;
            (Some(counted), request.scim_keys)
        }
    };
    let directories = scim_keys.directories().len();
    let forecast = forecast(&without, directories, counted.as_ref());
    terminal.console.print(&match arguments.json {
        true => pretty(&forecast),
        false => text(&forecast),
    })?;
    Ok(
        match counted.as_ref().map_or(&[][..], |counted| &counted.probes) {
            [] => Exit::Success,
            probes if probes.iter().all(Probe::is_unreached) => Exit::Unreachable,
            probes if probes.iter().all(|probe| probe.refusal().is_some()) => Exit::KeyRefused,
            _ => Exit::Success,
        },
    )
}

fn text(forecast: &Forecast) -> String {
    let mut text = match forecast.sent {
        0 => "nothing was sent: without a key there are no counts to go by\n\n".to_owned(),
        sent => format!("{sent} counts were asked for, and nothing else was sent\n\n"),
    };
    let mut table = Table::with_heads(["dataset", "request", "times", "as", "at most"]);
    for call in &forecast.calls {
        table.row([
            call.dataset.clone(),
            format!("{} {}", call.method, call.path),
            span(call.requests),
            call.formula.clone(),
            call.a_minute
                .map_or("not documented".to_owned(), |count| format!("{count}/min")),
        ]);
    }
    text.push_str(&table.render());
    let _ = writeln!(text, "\nrequests  {}", span(forecast.requests));
    let _ = writeln!(text, "time      {}", time(forecast.seconds));
    if !forecast.open_ended.is_empty() {
        let names = forecast.open_ended.join(", ");
        let _ = writeln!(
            text,
            "          a page each for what is not counted, and one more request for each further page: {names}"
        );
    }
    for sentence in &forecast.basis {
        let _ = writeln!(text, "          {sentence}");
    }
    text
}

fn span(span: Span) -> String {
    match span.most {
        Some(most) if most == span.least => most.to_string(),
        Some(most) => format!("{} to {most}", span.least),
        None => format!("{} or more", span.least),
    }
}

fn time(seconds: Span) -> String {
    match seconds.most {
        Some(most) => format!("{} to {}", duration(seconds.least), duration(most)),
        None => format!("{} or more", duration(seconds.least)),
    }
}

/// Seconds as people say them, rounded up.
fn duration(seconds: u64) -> String {
    match seconds {
        0..=90 => format!("{seconds} s"),
        91..=5_400 => format!("{} min", seconds.div_ceil(60)),
        _ => format!(
            "{} h {} min",
            seconds / 3_600,
            (seconds % 3_600).div_ceil(60)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_people_say_them() {
        for (seconds, told) in [
            (0, "0 s"),
            (90, "90 s"),
            (91, "2 min"),
            (5_400, "90 min"),
            (7_260, "2 h 1 min"),
        ] {
            assert_eq!(duration(seconds), told);
        }
    }
}
