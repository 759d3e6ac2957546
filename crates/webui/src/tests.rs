use super::*;

#[test]
fn assets_are_found_by_path_and_unpack_to_their_size() {
    assert!(ASSETS.windows(2).all(|pair| pair[0].path < pair[1].path), "sorted for the search");
    for one in ASSETS {
        assert_eq!(asset(one.path).unwrap().etag, one.etag);
        assert_eq!(one.plain().len(), one.size, "{}", one.path);
        assert!(one.etag.starts_with('"') && one.etag.ends_with('"'), "{}", one.etag);
    }
    assert!(asset("index.html").is_some());
    assert!(asset("../Cargo.toml").is_none());
    assert!(asset("").is_none());
}

#[test]
fn the_page_knows_its_path_and_facts() {
    for (base, want) in [
        ("", "<base href=\"/\""),
        ("/", "<base href=\"/\""),
        ("/prom", "<base href=\"/prom/\""),
        ("/prom/", "<base href=\"/prom/\""),
        ("/\"><script>", "<base href=\"/&quot;&gt;&lt;script&gt;/\""),
    ] {
        assert!(page(base, &Facts::default()).contains(want), "{base}");
    }
    let facts = Facts { title: "\"><img src=x>".into(), admin_api: true, ..Facts::default() };
    let html = page("", &facts);
    assert!(!html.contains("<img"), "a title cannot leave its attribute");
    assert!(html.contains("&quot;adminApi&quot;:true"), "{html}");
    assert!(html.contains("&quot;role&quot;:&quot;server&quot;"), "{html}");
}

#[test]
fn what_is_immutable_has_a_hash_in_its_name() {
    for one in ASSETS {
        assert_eq!(one.immutable, one.path.starts_with("assets/"), "{}", one.path);
        if one.immutable {
            // Eight characters that may themselves be dashes.
            let stem = one.path.rsplit_once('.').unwrap().0;
            assert_eq!(stem.as_bytes()[stem.len() - 9], b'-', "{}", one.path);
        }
    }
}
