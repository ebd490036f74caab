using System.Collections.Concurrent;
using Pyrsia.Contracts;
using Pyrsia.Node.Log;

namespace Pyrsia.Node.Artifacts;

/// <summary>
/// What this node's operator lets it serve. By default what the gate lets through; an exact coordinate may be allowed although it was not verified, and the
/// gate may be told to warn, or not asked at all. No setting touches the bytes: they are held against the logged digest and chunk root in any case.
/// What conflicts with an earlier answer of its coordinate is served in no case either.
/// </summary>
public sealed partial class ServingPolicy
{
    /// <summary>Verdicts that a warning was logged for and is not logged again; beyond that a warning comes with each request.</summary>
    private const int MaxRemembered = 16 * 1024;

    private readonly LogView _log;
    private readonly IProvenanceGate _gate;
    private readonly PolicyMode _mode;
    private readonly HashSet<string> _allowed;
    private readonly ILogger<ServingPolicy> _logger;
    private readonly ConcurrentDictionary<(long Verdict, string Coordinate), bool> _warned = new();

    /// <summary>Joins the parts.</summary>
    /// <param name="log">The log.</param>
    /// <param name="gate">Says whether a proof holds.</param>
    /// <param name="mode">What happens where it does not.</param>
    /// <param name="allowed">Coordinates that may answer although they were not verified.</param>
    /// <param name="logger">Where warnings go.</param>
    public ServingPolicy(LogView log, IProvenanceGate gate, PolicyMode mode, IEnumerable<string> allowed, ILogger<ServingPolicy> logger)
    {
        (_log, _gate, _mode, _logger) = (log, gate, mode, logger);
        _allowed = allowed.ToHashSet(StringComparer.Ordinal);
        if (mode != PolicyMode.Enforce) LogMode(mode == PolicyMode.Warn ? "warn" : "off");
    }

    /// <summary>Whether what the <c>verified</c> entry at a log index vouches for may be served.</summary>
    public Judgement Judge(long verdict)
    {
        if (_log.Index.IsConflicting(verdict)) return new Judgement($"log entry {verdict} differs from the earlier answer of its coordinate, which holds; no policy serves it");
        if (_mode == PolicyMode.Off) return Judgement.Served;
        if (_gate.Refusal(verdict) is not { } fault) return Judgement.Served;
        return _mode == PolicyMode.Warn ? Warned(verdict, "", fault) : new Judgement($"{fault}; to be served such artifacts all the same, start the node with --policy warn");
    }

    /// <summary>Whether a result may be served that was not verified.</summary>
    public Judgement Judge(UnverifiedAnswer answer)
    {
        if (_mode == PolicyMode.Off) return Judgement.Served;
        var isAllowed = _allowed.Contains(answer.Coordinate);
        if (!isAllowed && _mode == PolicyMode.Enforce)
            return new Judgement($"{answer.Finding}; {Support(answer)}. To be served that all the same, start the node with --allow {answer.Coordinate}");
        var fault = _gate.Refusal(answer);
        if (fault is null && isAllowed) return new Judgement(null, new PolicyNote("allow", $"{answer.Finding}; {Support(answer)}"));
        return _mode == PolicyMode.Warn ? Warned(answer.Verdict, answer.Coordinate, fault ?? $"{answer.Finding}; {Support(answer)}") : new Judgement($"{answer.Coordinate} is allowed, but {fault}");
    }

    /// <summary>What of results that were not verified stands behind a digest, with what the policy says of it; null when nothing does.</summary>
    public (UnverifiedAnswer Answer, Judgement Judgement)? FindUnverified(Digest digest)
    {
        (UnverifiedAnswer, Judgement)? found = null;
        foreach (var answer in _log.Index.Unverified.Find(digest))
        {
            var judgement = Judge(answer);
            if (judgement.Refusal is null) return (answer, judgement);
            found ??= (answer, judgement);
        }
        return found;
    }

    private string Support(UnverifiedAnswer answer) =>
        $"the result with most support is that of {answer.Organisations} {(answer.Organisations == 1 ? "organisation" : "organisations")}, and {_log.Network.Genesis.Threshold} must agree";

    private Judgement Warned(long verdict, string coordinate, string reason)
    {
        if (!_warned.ContainsKey((verdict, coordinate)))
        {
            if (_warned.Count < MaxRemembered) _warned[(verdict, coordinate)] = true;
            LogServed(reason);
        }
        return new Judgement(null, new PolicyNote("warn", reason));
    }

    [LoggerMessage(60, LogLevel.Warning, "The policy is '{Mode}': artifacts are served that the log does not prove")]
    private partial void LogMode(string mode);

    [LoggerMessage(61, LogLevel.Warning, "Served by the policy 'warn': {Reason}")]
    private partial void LogServed(string reason);
}
