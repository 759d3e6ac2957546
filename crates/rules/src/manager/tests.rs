use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use model::relabel::NameScheme;
use storage::memory::MemoryStorage;

use super::{Manager, Update};
use crate::environment::Settings;
use crate::group::tests::environment;

fn update(files: &[PathBuf], strict: bool) -> Update {
    Update {
        interval: Duration::from_secs(60),
        files: files.to_vec(),
        built_in: Vec::new(),
        names: NameScheme::Utf8,
        strict,
        settings: Settings::default(),
    }
}

fn names(manager: &Manager) -> Vec<String> {
    manager.view().groups.iter().map(|g| format!("{}{}", g.name, g.rules.len())).collect()
}

#[tokio::test]
async fn a_broken_file_stops_neither_the_others_nor_itself() {
    let dir = tempfile::tempdir().unwrap();
    let [a, b] = ["a.yml", "b.yml"].map(|name| dir.path().join(name));
    let good = |name: &str, rules: usize| {
        let rules = "  - record: r\n    expr: 1\n".repeat(rules);
        format!("groups:\n- name: {name}\n  rules:\n{rules}")
    };
    std::fs::write(&a, good("a", 1)).unwrap();
    std::fs::write(&b, good("b", 1)).unwrap();
    let manager = Manager::new(environment(&MemoryStorage::new(), Arc::default(), 0));
    let files = [a.clone(), b.clone()];
    assert_eq!(manager.update(&update(&files, false)), Ok(()));
    assert_eq!(names(&manager), ["a1", "b1"]);
    let before = manager.view();

    std::fs::write(&a, "groups:\n- nmae: a\n").unwrap();
    std::fs::write(&b, good("b", 2)).unwrap();
    let broken = manager.update(&update(&files, true)).unwrap_err();
    assert_eq!(names(&manager), ["a1", "b1"], "strict: all or nothing");
    assert_eq!(broken[0].path, a);
    assert!(broken[0].to_string().contains("unknown field \"nmae\""), "{}", broken[0]);

    assert!(manager.update(&update(&files, false)).is_err());
    assert_eq!(names(&manager), ["a1", "b2"], "the last good content of the broken file stays");
    assert!(Arc::ptr_eq(&before.groups[0], &manager.view().groups[0]), "untouched");
    assert_eq!(manager.view().broken.len(), 1);

    std::fs::remove_file(&b).unwrap();
    std::fs::write(&a, good("a", 1)).unwrap();
    assert_eq!(manager.update(&update(&files[..1], false)), Ok(()));
    assert_eq!(names(&manager), ["a1"]);
    assert!(Arc::ptr_eq(&before.groups[0], &manager.view().groups[0]), "unchanged groups keep running");
    manager.shut_down().await;
}
