//! The stages in their order.

use std::collections::BTreeSet;
use std::sync::Arc;

use lictor_syntax::{Code, Module, Source, Span, Version, parallel};
use lictor_value::Registry;

use crate::front::analysis::{Analysis, Options, QuerySource, Stage};
use crate::front::draft::{Branch, Rule};
use crate::front::lower::Groups;
use crate::front::metadata::Metadata;
use crate::front::report::Report;
use crate::front::tree::Tree;
use crate::front::types::Types;
use crate::front::{
    conflicts, forbidden, functions, hoist, locals, lower, names, nest, prints, query, recursion, safety, templates,
    text, with,
};
use crate::hash::Map;

/// Resolves modules and queries. Modules are taken in order of their sources' names, whatever order they come in.
pub fn analyse(
    modules: &[Module],
    queries: &[QuerySource<'_>],
    registry: &Registry,
    options: &Options<'_>,
) -> Analysis {
    let mut modules: Vec<&Module> = modules.iter().collect();
    modules.sort_by(|a, b| a.source.name().cmp(b.source.name()));
    let mut files: Vec<Arc<Source>> = modules.iter().map(|module| Arc::clone(&module.source)).collect();
    files.extend(queries.iter().map(|query| Arc::clone(&query.source)));
    let mut report = Report::new(files.clone());

    let tree = Tree::new(&modules);
    let metadata = Metadata::new(&modules, &mut report);
    let mut rules = names::modules(&modules, &tree, &metadata, registry, options, &mut report);
    conflicts::check(&modules, &rules, &tree, &mut report);
    let size = modules.iter().map(|module| module.source.text().len()).sum();
    let quiet = report.beside();
    let found = parallel::map_mut(
        &mut rules,
        size,
        || quiet.beside(),
        |report, rule| {
            locals::rule(rule, options.strict, report);
            templates::rule(rule, report);
            prints::rule(rule, options.print, report);
            with::rule(rule, &tree, registry, options.print, report);
            hoist::rule(rule);
            functions::rule(rule, &tree, registry, report);
            report.take()
        },
    );
    report.extend(found.into_iter().flatten());
    let graph = recursion::graph(&rules, &tree, size);
    graph.check(&rules, &mut report);
    let shared = shared_rows(&rules, &report);
    let scope = |rule: &Rule, at: Span, report: &Report| match shared.contains(&(rule.file, report.row(rule.file, at)))
    {
        true => format!(" in rule {}", rule_name(rule)),
        false => String::new(),
    };
    let found = parallel::map_mut(
        &mut rules,
        size,
        || quiet.beside(),
        |report, rule| {
            let place = |branch: &Branch| (branch.at, scope(rule, branch.at, report));
            let places: Vec<(Span, String)> = match shared.is_empty() {
                true => vec![],
                false => rule.branches.iter().map(place).collect(),
            };
            let label = |_: &Rule, at: Span| {
                let here = places.iter().find(|(start, _)| *start == at).or(places.first());
                here.map(|(_, place)| place.clone()).unwrap_or_default()
            };
            safety::head(rule, &label, report);
            safety::rule(rule, &label, report);
            report.take()
        },
    );
    report.extend(found.into_iter().flatten());
    let mut types = Types::new(&rules, &graph, &tree);
    types.schemas(options.schemas, &metadata, &mut report);
    if report.goes_on() {
        types.rules(&mut report);
        for rule in &rules {
            let dialect = modules[rule.file as usize].dialect;
            let deprecated = options.strict || dialect.rego_v1 || dialect.version == Version::V1;
            forbidden::rule(rule, registry, deprecated, &mut report);
        }
    }
    let sound = report.goes_on();
    let mut drafts = vec![];
    for (number, source) in queries.iter().enumerate() {
        let file = (modules.len() + number) as u32;
        report.about(Some(number));
        let (mut body, mut vars) = names::query(source, &modules, &tree, registry, file, options, &mut report);
        let shown = query::capture(&mut body, &mut vars, &tree);
        locals::query(&mut body, &mut vars, options.strict, file, &mut report);
        templates::query(&mut body, &mut vars, file, &mut report);
        prints::query(&mut body, &mut vars, options.print, file, &mut report);
        with::query(&mut body, &vars, &tree, registry, options.print, file, &mut report);
        hoist::query(&mut body, &mut vars);
        functions::query(&mut body, &vars, &tree, registry, file, &mut report);
        safety::query(&mut body, &vars, file, &mut report);
        if report.goes_on() {
            types.query(&body, &vars, file, &mut report);
            forbidden::query(&body, registry, file, &mut report);
        }
        nest::query(&mut body, &mut vars);
        drafts.push((source, file, body, vars, shown));
    }
    report.about(None);
    if sound {
        let nest = if options.flat { nest::flat } else { nest::rule };
        parallel::map_mut(&mut rules, size, || (), |(), rule| nest(rule));
    }

    let groups = Groups::new(&rules, &tree);
    let mut uses: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); groups.all.len()];
    for (number, group) in groups.of_rule.iter().enumerate() {
        uses[*group].extend(graph.uses(number).filter_map(|used| groups.of_rule.get(used)));
    }
    let uses: Vec<Vec<usize>> = uses.into_iter().map(|used| used.into_iter().collect()).collect();
    let components = recursion::components(uses.len(), &|group| uses[group].clone());
    if sound {
        for component in &components {
            if let [group] = &**component
                && !uses[*group].contains(group)
            {
                continue;
            }
            for group in component {
                own_object(&groups.all[*group], &rules, &mut report);
            }
        }
    }
    let order: Vec<usize> = components.into_iter().flatten().collect();
    let (mut unit, ids) = lower::unit(files, &rules, groups, &order, &uses, size);

    for (source, file, body, vars, shown) in drafts {
        let lowered = lower::query(&body, &vars, file, &ids);
        unit.queries.push(query::lower(source.name.clone(), &source.source, &body, &vars, &shown, lowered));
    }
    Analysis { unit, findings: report.finish() }
}

/// The constant part of a definition's name within its package.
fn rule_name(rule: &Rule) -> String {
    let path: Vec<_> = rule.path.iter().skip(rule.package).map_while(|term| term.as_string().cloned()).collect();
    text::path(&path)
}

/// Rows that hold definitions of more than one name: there an error says which it is about.
fn shared_rows(rules: &[Rule], report: &Report) -> BTreeSet<(u32, u32)> {
    let mut first: Map<(u32, u32), &Rule> = Map::default();
    let mut shared = BTreeSet::new();
    for rule in rules {
        let row = (rule.file, report.row(rule.file, rule.at));
        let one = *first.entry(row).or_insert(rule);
        if !std::ptr::eq(one, rule) && rule_name(one) != rule_name(rule) {
            shared.insert(row);
        }
    }
    shared
}

/// OPA takes definitions below one with variables in its path one by one; here they are one object, which cannot ask for
/// itself.
fn own_object(group: &lower::Group, rules: &[Rule], report: &mut Report) {
    let Some(rule) = group.rules.first().and_then(|number| rules.get(*number)) else { return };
    let path = text::data_path(&group.path);
    let message = format!("rule {path} asks for itself through another of its definitions, which is not supported");
    report.add(Stage::Recursion, Code::Recursion, rule.file, rule.at, message);
}
