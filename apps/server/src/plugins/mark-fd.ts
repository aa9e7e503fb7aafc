/** File descriptor on which a child writes its marks, synchronously, so that they outlive a crash. */
export const MARK_FD = 4;
