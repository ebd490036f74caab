using System.Collections.Concurrent;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Verification;

namespace Pyrsia.Node.Artifacts;

/// <summary>
/// The same verifier that a stranger runs offline, on the same bundle: what this node serves, anybody could check. A verdict
/// that passed is not checked again, for neither log entries nor the network file change while the process runs.
/// </summary>
internal sealed class ProvenanceGate(LogView log) : IProvenanceGate
{
    private readonly ConcurrentDictionary<long, bool> _passed = new();

    public string? Refusal(long verdictIndex)
    {
        if (_passed.ContainsKey(verdictIndex)) return null;
        if (LogBundles.Build(log, verdictIndex, output: null) is not { } bundle) return $"log entry {verdictIndex} is not a whole proof here yet";
        var report = ProvenanceVerifier.Verify(bundle.ToBytes(), log.Network, new VerificationOptions());
        if (report.Failure is { } failure) return $"log entry {verdictIndex} fails at {failure.Step}: {failure.Detail}";
        _passed[verdictIndex] = true;
        return null;
    }
}
