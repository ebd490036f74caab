using System.Collections.Concurrent;
using Pyrsia.Contracts;
using Pyrsia.Contracts.NodeApi;

namespace Pyrsia.Node.Builds;

/// <summary>What happens when a client wants an image that the log does not have: nothing, or a build request of its own.</summary>
/// <param name="builds">Hands in requests.</param>
/// <param name="enabled">Whether a miss starts a request.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where failures are told.</param>
public sealed partial class MissPolicy(BuildService builds, bool enabled, TimeProvider time, ILogger<MissPolicy> logger)
{
    /// <summary>References that are remembered, so that a client that asks again does not start another request.</summary>
    private const int MaxRemembered = 1024;

    /// <summary>How long a reference is not asked for again.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _asked = new(StringComparer.Ordinal);

    /// <summary>Starts a request where the policy says so.</summary>
    /// <returns>A sentence for the client.</returns>
    public string WhatNext(ImageReference reference)
    {
        if (!enabled) return $"; ask for it with: pyrsia build docker --image {reference}";
        var now = time.GetUtcNow();
        var name = reference.ToString();
        if (_asked.TryGetValue(name, out var before) && now - before < Pause) return "; a build was requested, try again later";
        if (_asked.Count >= MaxRemembered) foreach (var old in _asked.Where(a => now - a.Value >= Pause).ToArray()) _asked.TryRemove(old);
        if (_asked.Count >= MaxRemembered) return "; too many builds were requested, try again later";
        _asked[name] = now;
        _ = Task.Run(() => StartAsync(reference));
        return "; a build is requested now, try again later";
    }

    private async Task StartAsync(ImageReference reference)
    {
        try
        {
            await builds.StartDockerAsync(new BuildDockerRequest(reference.ToString()), CancellationToken.None);
        }
        catch (BuildException e)
        {
            LogRefused(reference.ToString(), e.Message);
        }
    }

    [LoggerMessage(20, LogLevel.Information, "A build of {Image} after a miss was not taken: {Reason}")]
    private partial void LogRefused(string image, string reason);
}
