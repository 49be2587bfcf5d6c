"""Pictures in and out: arrays, Pillow images and files of other formats."""
