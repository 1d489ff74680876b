//! The tables of `docs/performance.md`.

use super::{Report, Row, bytes, three_digits, time};
use crate::engine::Setting;
use std::collections::BTreeSet;

impl Report {
    /// Prints the tables: decisions by setting, allocations, loading, and what surrounds decisions.
    pub(crate) fn print_markdown(&self) {
        for setting in Setting::ALL {
            let cell = |row: &Row| {
                let ratio = self.base(row).map_or(f64::NAN, |base| row.times.p50 / base.times.p50);
                format!("{} / {} ({} ×)", time(row.times.p50), time(row.times.p99), three_digits(ratio))
            };
            self.print_decisions(setting, cell);
        }
        println!("Allocations in a decision, input prepared:\n");
        self.print_decisions(Setting::Prepared, |row| three_digits(row.allocations));
        if !self.loads.is_empty() {
            println!(
                "| workload | engine | source | time | peak memory | kept | kept a policy |\n|---|---|---|---|---|---|---|"
            );
        }
        for loading in &self.loads {
            println!(
                "| {} | {} | {} | {} | {} | {} | {} |",
                loading.workload,
                loading.engine,
                loading.source_bytes.map_or("–".to_owned(), |source| bytes(source as u64)),
                time(loading.load.seconds * 1e9),
                bytes(loading.load.peak_bytes),
                bytes(loading.load.kept_bytes),
                bytes(loading.load.kept_bytes / loading.policies as u64),
            );
        }
        for surroundings in &self.surroundings {
            println!("\n| {} | p50 | p99 |\n|---|---|---|", surroundings.workload);
            for figure in &surroundings.figures {
                match figure.p99 {
                    Some(p99) => println!("| {} | {} | {} |", figure.name, time(figure.p50), time(p99)),
                    None => println!("| {} | {} × | |", figure.name, three_digits(figure.p50)),
                }
            }
        }
    }

    fn print_decisions(&self, setting: Setting, cell: impl Fn(&Row) -> String) {
        let rows = || self.rows.iter().filter(|row| row.setting == setting.name());
        let in_order = |names: Vec<&str>| {
            let mut seen = BTreeSet::new();
            names.into_iter().filter(|name| seen.insert(name.to_string())).map(str::to_owned).collect::<Vec<_>>()
        };
        let workloads = in_order(rows().map(|row| row.workload.as_str()).collect());
        let mut engines: Vec<&str> = crate::engine::ENTRANTS.iter().map(|entrant| entrant.name).collect();
        engines.retain(|engine| rows().any(|row| row.engine == *engine));
        println!("| {} | {} |", setting.name(), workloads.join(" | "));
        println!("|---{}|", "|---".repeat(workloads.len()));
        for engine in engines {
            let cells = workloads.iter().map(|workload| {
                let row = rows().find(|row| row.engine == engine && row.workload == *workload);
                row.map_or("–".to_owned(), &cell)
            });
            println!("| `{engine}` | {} |", cells.collect::<Vec<_>>().join(" | "));
        }
        println!();
    }
}
