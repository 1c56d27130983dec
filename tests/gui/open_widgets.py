"""Opens every widget of the plugin and prints what was imported on the way.

The argument says what: frameworks (the default), or Qt bindings.
"""

import sys

import napari
from npe2 import PluginManager

WATCHED = {
    "frameworks": {"torch", "tensorflow", "cv2", "mmdet", "detectron2", "cellpose", "stardist"},
    "bindings": {"PyQt5", "PyQt6", "PySide2", "PySide6"},
}
what = sys.argv[1] if len(sys.argv) > 1 else "frameworks"

viewer = napari.Viewer(show=False)
manifest = PluginManager.instance().get_manifest("napari-cellbench")
for widget in manifest.contributions.widgets or ():
    viewer.window.add_plugin_dock_widget("napari-cellbench", widget.display_name)
viewer.close()
print(f"{what}:", *sorted(WATCHED[what] & set(sys.modules)))
