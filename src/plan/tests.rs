use super::*;
#[test]
fn zz_probe() {
    let mut out = String::new();
    let paths = ["/work/wt/shell/controls".into(), "/tmp/t".into()];
    let files = crate::control::read_files(&paths[..1]).expect("readable");
    let (controls, problems) = crate::control::load(&files);
    out.push_str(&problems.render(crate::diagnostic::Look::Plain));
    match Plan::new(controls, &ParameterValues::none()) {
        Ok(plan) => {
            for c in &plan.controls {
                out.push_str(&format!(
                    "{}: {}\n   parts {:?}\n",
                    c.id(),
                    c.procedure("2026-03-01T00:00:00Z".parse().expect("x")),
                    c.population
                        .parts
                        .iter()
                        .map(|p| &p.label)
                        .collect::<Vec<_>>()
                ));
            }
            for s in &plan.scans {
                out.push_str(&format!(
                    "{} {} {:?} {:?}\n",
                    s.dataset.name, s.level, s.fields, s.steps
                ));
            }
        }
        Err(p) => out.push_str(&p.render(crate::diagnostic::Look::Plain)),
    }
    for file in
        crate::control::read_files(&["/work/wt/shell/tests/controls".into()]).expect("readable")
    {
        let (cases, problems) = crate::control::read_cases(&file);
        out.push_str(&format!(
            "{} {:?}\n",
            file.name(),
            cases.map(|c| c.cases.len())
        ));
        out.push_str(&problems.render(crate::diagnostic::Look::Plain));
    }
    std::fs::write("/tmp/probe.txt", out).expect("x");
}
