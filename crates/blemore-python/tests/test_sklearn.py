"""scikit-learn's own functions take the scorers and the folds."""

import blemore
import numpy as np
import pytest
from blemore.sklearn import ActorGroupKFold, presence_scorer, salience_scorer
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_validate


def test_cross_validation_scores_what_score_scores(numbers):
    features, labels = np.array(numbers["validation"]["video"]), np.array(numbers["labels"])
    actors, clips = numbers["actors"], np.array(numbers["validation"]["clips"])
    splitter = ActorGroupKFold(folds=numbers["folds"])
    found = cross_validate(
        LogisticRegression(max_iter=1000),
        features,
        labels,
        groups=actors,
        cv=splitter,
        scoring={"presence": presence_scorer, "salience": salience_scorer},
    )
    splits = list(splitter.split(features, labels, actors))
    assert len(splits) == splitter.get_n_splits() == 4
    for fold, (train, test) in enumerate(splits):
        assert set(np.array(numbers["folds"])[test]) == {fold}
        model = LogisticRegression(max_iter=1000).fit(features[train], labels[train])
        score = blemore.score(model.predict(features[test]), clips=clips[test], intervals=False)
        assert found["test_presence"][fold] == score.acc_presence
        assert found["test_salience"][fold] == score.acc_salience


def test_folds_are_checked_or_made():
    rows = np.zeros(4)
    with pytest.raises(blemore.BlemoreError, match="actor A1 is in folds 0, 1"):
        list(ActorGroupKFold(folds=[0, 1, 0, 1]).split(rows, groups=["A1", "A1", "A2", "A3"]))
    with pytest.raises(blemore.BlemoreError, match="give groups="):
        list(ActorGroupKFold().split(rows))
    with pytest.raises(blemore.BlemoreError, match="4 actors but 3 folds"):
        list(ActorGroupKFold(folds=[0, 1, 1]).split(rows, groups=list("abcd")))
    with pytest.raises(blemore.BlemoreError, match="2 actors cannot make 3 folds"):
        list(ActorGroupKFold(3).split(rows, groups=list("abab")))
    assert "n_splits=3" in repr(ActorGroupKFold(3))
    assert clone(DummyClassifier()) is not None
