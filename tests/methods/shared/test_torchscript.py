"""Weights of TorchScript files, whose program is never run."""

import pickle
import zipfile

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from napari_cellbench.errors import CheckpointError  # noqa: E402
from napari_cellbench.methods.shared.torchscript import read_torchscript  # noqa: E402

# Published models are written so, whatever torch recommends for new ones.
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")


class Small(torch.nn.Module):
    threshold: float
    both: bool
    sizes: list[int]

    def __init__(self):
        super().__init__()
        self.block = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3))
        self.register_buffer("counts", torch.arange(6).reshape(2, 3).t())
        self.threshold = 0.7
        self.both = True
        self.sizes = [1, 2]

    def forward(self, x):
        return self.block(x) * self.threshold


@pytest.fixture
def small(tmp_path):
    torch.manual_seed(0)
    module = Small().eval()
    torch.jit.save(torch.jit.script(module), str(tmp_path / "small.pt"))
    return module, tmp_path / "small.pt"


def test_weights_are_those_of_the_module(small):
    module, path = small
    weights, numbers = read_torchscript(path)
    wanted = module.state_dict()
    assert set(weights) == set(wanted)
    for name, tensor in wanted.items():
        assert weights[name].dtype == tensor.dtype
        np.testing.assert_array_equal(weights[name].numpy(), tensor.numpy())
    assert numbers["threshold"] == 0.7
    assert numbers["both"] is True


def test_program_is_not_even_looked_at(small, tmp_path):
    _, path = small
    other = tmp_path / "other.pt"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for member in old.infolist():
            content = b"no program" if "/code/" in member.filename else old.read(member)
            new.writestr(member, content)
    assert set(read_torchscript(other)[0]) == set(read_torchscript(path)[0])


class Payload:
    def __reduce__(self):
        return exec, ("raise SystemExit",)


def test_what_is_no_torchscript_file_is_refused(small, tmp_path):
    module, path = small
    torch.save(module.state_dict(), tmp_path / "state.pt")
    (tmp_path / "damaged.pt").write_bytes(path.read_bytes()[:-500])
    (tmp_path / "text.pt").write_text("hello")
    with zipfile.ZipFile(tmp_path / "evil.pt", "w") as archive:
        archive.writestr("model/data.pkl", pickle.dumps(Payload(), protocol=2))
        archive.writestr("model/code/__torch__.py", "")
    for name in ("state", "damaged", "text", "evil", "nothing"):
        with pytest.raises(CheckpointError, match=f"{name}.pt"):
            read_torchscript(tmp_path / f"{name}.pt")
