  echo "  sam deploy --image-repository $repository --parameter-overrides ImageUri=$repository@$digest"
