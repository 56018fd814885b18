"""The 57 subjects of MMLU and the four groups that its authors report them in.

Source: the authors' categories.py (Hendrycks et al., 2021, github.com/hendrycks/test), which puts
each subject into a field and each field into a group.
"""

from __future__ import annotations

STEM = "STEM"
HUMANITIES = "humanities"
SOCIAL_SCIENCES = "social sciences"
OTHER = "other"
GROUPS = (STEM, HUMANITIES, SOCIAL_SCIENCES, OTHER)
"""Groups in the order of the authors' tables; "other" is business, health and the rest."""

_SUBJECTS = {
    STEM: (
        "abstract_algebra astronomy college_biology college_chemistry college_computer_science "
        "college_mathematics college_physics computer_security conceptual_physics "
        "electrical_engineering elementary_mathematics high_school_biology high_school_chemistry "
        "high_school_computer_science high_school_mathematics high_school_physics "
        "high_school_statistics machine_learning"
    ),
    HUMANITIES: (
        "formal_logic high_school_european_history high_school_us_history "
        "high_school_world_history international_law jurisprudence logical_fallacies "
        "moral_disputes moral_scenarios philosophy prehistory professional_law world_religions"
    ),
    SOCIAL_SCIENCES: (
        "econometrics high_school_geography high_school_government_and_politics "
        "high_school_macroeconomics high_school_microeconomics high_school_psychology "
        "human_sexuality professional_psychology public_relations security_studies sociology "
        "us_foreign_policy"
    ),
    OTHER: (
        "anatomy business_ethics clinical_knowledge college_medicine global_facts human_aging "
        "management marketing medical_genetics miscellaneous nutrition professional_accounting "
        "professional_medicine virology"
    ),
}
GROUP_OF = {subject: group for group, names in _SUBJECTS.items() for subject in names.split()}
"""Subject -> group."""
SUBJECTS = tuple(sorted(GROUP_OF))


def subject_of(text: str) -> str:
    """The subject that a data set's own name for it means; "" for no name, as in training rows.

    Some files of the translations hold the name of the file that they were made from, such as
    "anatomy_test.csv_sw-KE.csv".

    Raises:
        ValueError: none of the 57.
    """
    name = text.strip().lower().replace(" ", "_").split("_test.csv")[0]
    if name and name not in GROUP_OF:
        raise ValueError(f"expected one of MMLU's 57 subjects as the subject; got {text!r}")
    return name
