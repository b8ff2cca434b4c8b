"""Which environment a command works on, and where its outbound rows are read."""

from mig.manifest.errors import UnknownEnvironment
from mig.manifest.model import SNAPSHOT_SUFFIX, Environment, Manifest
from mig.manifest.words import did_you_mean, nearest, one_of
from mig.model.findings import Finding, Place, Severity


def choose_environment(manifest: Manifest, name: str | None) -> Environment:
    """The environment of that name, or the only one; `UnknownEnvironment` lists those there are."""
    names = list(manifest.environments)
    if name is None and len(names) == 1:
        return manifest.environments[names[0]]
    if name is not None and name in manifest.environments:
        return manifest.environments[name]
    if name is None:
        message, meant = f"the manifest has {len(names)} environments; which one is meant?", ""
    else:
        message, meant = f"no environment is called `{name}`", did_you_mean(nearest(name, names))
    fix = meant or f"add --env and one of {one_of(names, 'or')}"
    found = f"environments: {', '.join(names)}"
    finding = _error("MAN011", message, fix, Place(manifest.file, 1, 1), found)
    raise UnknownEnvironment([finding])


def source_environment(manifest: Manifest, environment: Environment) -> Environment:
    """Where the outbound rows of an environment are read: its `source`, or itself."""
    source = environment.source or ""
    if source.endswith(SNAPSHOT_SUFFIX):
        return Environment(name=source, place=environment.place, snapshot=source)
    return manifest.environments.get(source, environment)


def _error(code: str, message: str, fix: str, place: Place, found: str = "") -> Finding:
    return Finding(code=code, severity=Severity.ERROR, message=message, fix=fix, place=place, found=found)
