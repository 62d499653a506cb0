"""What is deployed: the same files in the zip and from this folder, with the packages asked for."""

import compileall
import tomllib
import zipfile
from pathlib import Path

import pytest

from scripts import package_zip
from tests.samples import ROOT

PYPROJECT = ROOT / "pyproject.toml"


def test_the_zip_holds_a_whole_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_zip, "REQUIREMENTS", ROOT / "pyproject.toml")  # any file
    package_zip.write_zip(tmp_path / "function.zip")
    with zipfile.ZipFile(tmp_path / "function.zip") as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "source")
    assert "main.py" in names
    assert not [name for name in names if "__pycache__" in name or name in package_zip.NOT_SHIPPED]
    # As Google's buildpack does first: what cannot be compiled fails the build.
    assert compileall.compile_dir(tmp_path / "source", quiet=1, force=True)


def test_gcloud_uploads_what_the_zip_holds() -> None:
    rules = (ROOT / ".gcloudignore").read_text(encoding="utf-8").splitlines()
    taken = {rule.strip("!/") for rule in rules if rule.startswith("!")}
    assert rules.index("/*") < min(rules.index(rule) for rule in rules if rule.startswith("!"))
    assert taken == {*package_zip.OWN, "requirements.txt"}
    assert {f"/{name}" for name in package_zip.NOT_SHIPPED if (ROOT / name).exists()} <= set(rules)


def asked() -> list[str]:
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    return list(project["dependencies"])


def test_requirements_that_hold_everything_are_taken(tmp_path: Path) -> None:
    lines = [line if "==" in line or "@" in line else f"{line}==1" for line in asked()]
    (tmp_path / "requirements.txt").write_text("\n".join([*lines, "more==1 \\", "  --hash=x"]))
    package_zip.check(PYPROJECT, tmp_path / "requirements.txt")


def test_functions_framework_is_among_them() -> None:
    # Without it the buildpack would add another version than the tested one.
    assert "functions-framework" in map(package_zip.name_of, asked())


@pytest.mark.parametrize("change", [("==", "==99."), ("functions-framework", "other")])
def test_requirements_of_other_versions_are_refused(
    tmp_path: Path, change: tuple[str, str]
) -> None:
    text = "\n".join(asked()).replace(*change)
    (tmp_path / "requirements.txt").write_text(text)
    with pytest.raises(package_zip.PackageError, match="functions-framework"):
        package_zip.check(PYPROJECT, tmp_path / "requirements.txt")


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(package_zip.PackageError, match="make setup"):
        package_zip.check(PYPROJECT, tmp_path / "requirements.txt")
