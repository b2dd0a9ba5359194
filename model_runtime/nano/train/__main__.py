"""python -m model_runtime.nano.train"""

from model_runtime.nano.train.command import main

if __name__ == "__main__":
    main()
