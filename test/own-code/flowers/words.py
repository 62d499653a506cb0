WORDS = ("setosa", "versicolor", "virginica")
