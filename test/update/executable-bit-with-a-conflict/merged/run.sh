#!/bin/sh
<<<<<<< yours
echo mine
=======
echo theirs
>>>>>>> template
