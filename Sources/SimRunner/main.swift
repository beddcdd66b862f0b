print("Stampede")
