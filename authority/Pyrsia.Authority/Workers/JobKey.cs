using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;

namespace Pyrsia.Authority.Workers;

/// <summary>Names a job: what one builder does in one phase of a request. However often it is asked for, there is one of a name.</summary>
internal readonly record struct JobKey(RequestId Request, int Attempt, RequestPhase Phase);
