import { fact } from './fact.ts'

/** Where a library looks for what it would otherwise download, and a folder of assets/ for it. */
export const assetFolders = fact(
  { NLTK_DATA: 'nltk_data', HF_HUB_CACHE: 'huggingface', TIKTOKEN_CACHE_DIR: 'tiktoken' },
  {
    source: 'nltk 3.10 data.py, huggingface_hub 2.4 constants.py, tiktoken 0.14 load.py',
    seen: '2026-11',
    matters: 'what a function reads of what was fetched when its package was built',
  },
)
