"""Trains the starter model: a decision tree on the iris data set. Writes the joblib file to standard output.

A deployment runs it inside the serving image, so that training and serving have the same scikit-learn, as long as the
file is not in the repository. By hand:

    docker run --rm -i mlserver-runtime python - < train.py > iris-dtc-1.0.joblib
"""

import io
import sys

import joblib
import numpy as np
from sklearn import datasets, tree

if sys.stdout.isatty():
    sys.exit("this writes a binary file to standard output: redirect it, ... > iris-dtc-1.0.joblib")

iris = datasets.load_iris()
order = np.random.RandomState(26322).permutation(len(iris.data))
train, test = order[:-10], order[-10:]

model = tree.DecisionTreeClassifier(random_state=26322)
model.fit(iris.data[train], iris.target[train])
print(f"accuracy on {len(test)} flowers it has not seen: {model.score(iris.data[test], iris.target[test]):.0%}", file=sys.stderr)

file = io.BytesIO()
joblib.dump(model, file)
sys.stdout.buffer.write(file.getvalue())
