from mig.model.bundled import bundled


def test_files_that_travel_with_the_package_are_found() -> None:
    assert bundled("schemas", "manifest.schema.json").is_file()
