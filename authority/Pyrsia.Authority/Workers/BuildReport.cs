using System.Text.Json;
using System.Text.Json.Serialization;
using Pyrsia.Builds;
using Pyrsia.Content;
using Pyrsia.Contracts;
using Pyrsia.Libp2p;
using Pyrsia.Provenance.Chunks;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Authority.Workers;

/// <summary>What a worker says of a job that it ended: one of plan, build, failure and trouble. The authority believes nothing of it that it has not checked.</summary>
/// <param name="Peer">The worker's peer id; its files come from there.</param>
/// <param name="Addresses">Where it can be reached.</param>
/// <param name="Log">The build's log, where it was kept.</param>
/// <param name="Plan">What the build is made with.</param>
/// <param name="Build">What was built.</param>
/// <param name="Failure">Why the source can't be built.</param>
/// <param name="Trouble">What this worker could not do.</param>
internal sealed record BuildReport(
    string Peer, IReadOnlyList<string> Addresses, ReportedContent? Log = null, ReportedPlan? Plan = null, ReportedBuild? Build = null, ReportedFailure? Failure = null, string? Trouble = null)
{
    /// <summary>Most addresses that are looked at.</summary>
    private const int MaxAddresses = 8;

    /// <summary>The bytes of a report.</summary>
    internal byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, BuildReportJson.Default.BuildReport);

    /// <summary>Reads a report.</summary>
    /// <exception cref="WorkerException">It is none.</exception>
    internal static BuildReport Parse(byte[] bytes)
    {
        try
        {
            var report = JsonSerializer.Deserialize(bytes, BuildReportJson.Default.BuildReport) ?? throw new JsonException("it is empty");
            // The serializer holds members to their types, and not what lists have in them.
            IEnumerable<object?> listed = [.. report.Addresses, .. report.Plan?.Lock ?? [], .. report.Build?.Outputs ?? []];
            return listed.Contains(null) ? throw new JsonException("a list has a null in it") : report;
        }
        catch (JsonException e)
        {
            throw new WorkerException($"A worker's report is malformed: {e.Message}", e);
        }
    }

    /// <summary>Who the worker is, and where.</summary>
    /// <exception cref="WorkerException">That is no peer.</exception>
    internal (PeerId Peer, IReadOnlyList<Multiaddr> Addresses) Holder()
    {
        if (!PeerId.TryParse(Peer, out var peer)) throw new WorkerException("A worker's report names no peer.");
        return (peer, [.. Addresses.Take(MaxAddresses).Select(text => Multiaddr.TryParse(text, out var address) ? address : null).OfType<Multiaddr>()]);
    }
}

/// <summary>A file that a worker keeps.</summary>
internal sealed record ReportedContent(string Digest, long Size, int ChunkSize, string ChunkRoot, string Name = "")
{
    internal static ReportedContent Of(ContentDescriptor content, string name = "") => new(content.Digest.ToString(), content.Size, content.ChunkSize, content.ChunkRoot.ToHex(), name);

    /// <summary>What is to be fetched.</summary>
    /// <exception cref="WorkerException">It is no file, or a larger one than is taken.</exception>
    internal ContentDescriptor Check(long maxBytes)
    {
        if (!Contracts.Digest.TryParse(Digest, out var digest) || !Contracts.Digest.TryParse("sha256:" + ChunkRoot, out var root) || !ChunkLayout.TryCreate(Size, ChunkSize, out _))
            throw new WorkerException("A worker's report names a file that can't be one.");
        return Size <= maxBytes ? new ContentDescriptor(digest, Size, ChunkSize, new TreeHash(root.Bytes)) : throw new WorkerException($"A worker's file has {Size} bytes; {maxBytes} are taken.");
    }
}

/// <summary>What a build is made with.</summary>
internal sealed record ReportedPlan(long OutputTimestamp, IReadOnlyList<ReportedInput> Lock)
{
    internal static ReportedPlan Of(BuildInputs inputs) => new(inputs.OutputTimestamp, [.. inputs.Lock.Files.Select(file => new ReportedInput(file.Path, file.Digest.ToString(), file.Size))]);

    /// <exception cref="WorkerException">It is no plan.</exception>
    internal BuildInputs Check()
    {
        if (OutputTimestamp is < 0 or > int.MaxValue || Lock.Count > DependencyLock.MaxFiles) throw new WorkerException("A worker's plan has a time that is none, or too many files.");
        try
        {
            return new BuildInputs(OutputTimestamp, DependencyLock.Of(Lock.Select(input =>
                Contracts.Digest.TryParse(input.Digest, out var digest) && input.Size is >= 0 and <= ChunkLayout.MaxLength ? new LockedFile(input.Path, digest, input.Size) : throw new WorkerException("A worker's plan names a file that can't be one."))));
        }
        catch (ArgumentException e)
        {
            throw new WorkerException($"A worker's plan is malformed: {e.Message}", e);
        }
    }
}

/// <summary>A file that a build uses.</summary>
internal sealed record ReportedInput(string Path, string Digest, long Size);

/// <summary>What was built, and where.</summary>
internal sealed record ReportedBuild(string Sandbox, string Platform, ReportedContent Packages, IReadOnlyList<ReportedContent> Outputs);

/// <summary>Why a source can't be built.</summary>
internal sealed record ReportedFailure(string Reason, string Message)
{
    internal static ReportedFailure Of(BuildFailureException failure) => new(failure.Reason.ToWord(), failure.Message);

    /// <exception cref="WorkerException">It is no reason that a builder can have.</exception>
    internal BuildFailureException ToException(Digest? log) => FailureReasons.TryParse(Reason, out var reason) && reason is not (FailureReason.Cancelled or FailureReason.PlanMismatch)
        ? new BuildFailureException(reason, Message) { Log = log }
        : throw new WorkerException("A worker's report gives a reason that there is none.");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(BuildReport))]
internal sealed partial class BuildReportJson : JsonSerializerContext;
