"""Opens every widget of the plugin and prints the frameworks that were imported on the way."""

import sys

import napari
from npe2 import PluginManager

FRAMEWORKS = {"torch", "tensorflow", "cv2", "mmdet", "detectron2", "cellpose", "stardist"}

viewer = napari.Viewer(show=False)
manifest = PluginManager.instance().get_manifest("napari-cellbench")
for widget in manifest.contributions.widgets or ():
    viewer.window.add_plugin_dock_widget("napari-cellbench", widget.display_name)
viewer.close()
print("frameworks:", *sorted(FRAMEWORKS & set(sys.modules)))
