/** Typical sizes of the files of hsc-rc1; the report DMTR-51 tells none, so these are those of HSC images and catalogues. */

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

/** Bytes by dataset type. */
const typicalBytes: Readonly<Record<string, number>> = {
  raw: 18 * mebibyte,
  img_corr: 79 * mebibyte,
  cat_corr_src: 9 * mebibyte,
  sfm_calexpbkgd: 300 * kibibyte,
  sfm_srcmatch: 60 * kibibyte,
  sfm_srcmatchfull: 900 * kibibyte,
  sfm_flattened_thumb: 40 * kibibyte,
  sfm_oss_thumb: 40 * kibibyte,
  processccd_md_boost: 90 * kibibyte,
  deepcoadd_directwarp: 70 * mebibyte,
  deepcoadd: 190 * mebibyte,
  deepcoadd_calexp: 190 * mebibyte,
  deepcoadd_calexp_bkg: 400 * kibibyte,
  deepcoadd_det: 6 * mebibyte,
  deepcoadd_mergedet: 12 * mebibyte,
  deepcoadd_meas: 150 * mebibyte,
  deepcoadd_measmatch: 2 * mebibyte,
  deepcoadd_measmatchfull: 8 * mebibyte,
  deepcoadd_ref: 160 * mebibyte,
  deepcoadd_forced_src: 60 * mebibyte,
  log: 30 * kibibyte,
  list: 2 * kibibyte,
  wcl: 25 * kibibyte,
};

/** The size that files of a dataset type have about, bytes. */
export function typicalSizeBytes(datasetType: string): number {
  return typicalBytes[datasetType] ?? mebibyte;
}
