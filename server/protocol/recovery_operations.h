#pragma once

#include "engine/base/status.h"
#include "server/protocol/shape.h"

// AWS's backups, point-in-time recovery, exports and imports, none of which Millrace has yet. What
// asks about them is told the truth, in AWS's words: that recovery is off, or that there is no such
// backup, export or import. Whoever would switch it on, or make one, is refused by name.
namespace millrace {

class Call;

extern const Shape kDescribeContinuousBackupsInput;
Status DescribeContinuousBackups(Call* call);
extern const Shape kUpdateContinuousBackupsInput;
Status UpdateContinuousBackups(Call* call);

extern const Shape kCreateBackupInput;
Status CreateBackup(Call* call);
extern const Shape kListBackupsInput;
Status ListBackups(Call* call);
extern const Shape kBackupArnInput;
extern const Shape kRestoreTableFromBackupInput;
// Whatever is to be done with one: there are none.
Status NoBackup(Call* call);

extern const Shape kRestoreTableToPointInTimeInput;
Status RestoreTableToPointInTime(Call* call);

extern const Shape kImportTableInput;
Status ImportTable(Call* call);
extern const Shape kExportTableToPointInTimeInput;
Status ExportTableToPointInTime(Call* call);
extern const Shape kListExportsInput;
Status ListExports(Call* call);
extern const Shape kDescribeExportInput;
Status DescribeExport(Call* call);

extern const Shape kListImportsInput;
Status ListImports(Call* call);
extern const Shape kDescribeImportInput;
Status DescribeImport(Call* call);

}  // namespace millrace
