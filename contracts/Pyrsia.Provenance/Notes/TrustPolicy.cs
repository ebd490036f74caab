using System.Collections.Immutable;

namespace Pyrsia.Provenance.Notes;

/// <summary>A witness of a policy: a local name and a cosigner's key.</summary>
public sealed record PolicyWitness(string Name, VerifierKey Key, string? Url);

/// <summary>A log of a policy: its key, whose name is the origin.</summary>
public sealed record PolicyLog(VerifierKey Key, string? Url);

/// <summary>A group of a policy: witnessed when at least <paramref name="Threshold"/> members are.</summary>
public sealed record PolicyGroup(string Name, int Threshold, ImmutableArray<string> Members);

/// <summary>
/// A C2SP tlog-policy: which logs may have signed a checkpoint and which witnesses must have cosigned it.
/// https://c2sp.org/tlog-policy
/// </summary>
public sealed partial class TrustPolicy
{
    /// <summary>The longest policy text, in bytes: 100 authorities need under 32 KiB.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>The most logs, the most witnesses, and the most groups; the specification recommends at least 32.</summary>
    public const int MaxItems = 256;

    /// <summary>The predefined quorum that needs no cosignature.</summary>
    public const string None = "none";

    private TrustPolicy(ImmutableArray<PolicyLog> logs, ImmutableArray<PolicyWitness> witnesses, ImmutableArray<PolicyGroup> groups, string quorum)
    {
        Logs = logs;
        Witnesses = witnesses;
        Groups = groups;
        Quorum = quorum;
    }

    /// <summary>The logs, any of which may sign.</summary>
    public ImmutableArray<PolicyLog> Logs { get; }

    /// <summary>The witnesses.</summary>
    public ImmutableArray<PolicyWitness> Witnesses { get; }

    /// <summary>The groups, each after its members.</summary>
    public ImmutableArray<PolicyGroup> Groups { get; }

    /// <summary>The witness or group that must have witnessed, or <see cref="None"/>.</summary>
    public string Quorum { get; }

    /// <summary>The witness of that name.</summary>
    public PolicyWitness? FindWitness(string name) =>
        Witnesses.FirstOrDefault(w => string.Equals(w.Name, name, StringComparison.Ordinal));
}
