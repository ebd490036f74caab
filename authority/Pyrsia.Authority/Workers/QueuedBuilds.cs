using Npgsql;
using Pyrsia.Authority.Builds;
using Pyrsia.Builds;
using Pyrsia.Builds.Packages;
using Pyrsia.Content;
using Pyrsia.Content.Store;
using Pyrsia.Libp2p;
using Pyrsia.Node.Builds;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;

namespace Pyrsia.Authority.Workers;

/// <summary>
/// Has workers build from source, and answers for what they return: a file is in this authority's store, whole and with the digest and chunk tree that the worker named,
/// before anything is signed. That the bytes are those of the source it can't see; for that the network has other builders.
/// </summary>
internal sealed class QueuedBuilds(QueueKeeper keeper, ContentService content, ContentStore store, Libp2pHost host, BuildLogs logs, LogStore log, AskerList askers, string authority) : ISourceBuilds
{
    /// <summary>Longest list of packages in bytes: about 30,000 of them.</summary>
    private const int MaxPackagesBytes = 4 * 1024 * 1024;

    /// <inheritdoc/>
    public BuildOffer? Offer => keeper.Images is { Count: > 0 } images ? new BuildOffer(authority, "workers", PackageTypes.Built, images) : null;

    /// <summary>What waits costs this process a few kilobytes; how much is built at once is the workers' affair.</summary>
    public int AtOnce => 256;

    /// <inheritdoc/>
    public Task ProbeAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task<BuildInputs> PlanAsync(RequestState request, CancellationToken cancellationToken) => AskAsync(
        request, (report, _) => Task.FromResult(report.Plan?.Check() ?? throw new WorkerException("A worker's report has no plan.")), cancellationToken);

    /// <inheritdoc/>
    public Task<ResultStatement> BuildAsync(RequestState request, Func<BuildRun> finish, CancellationToken cancellationToken) => AskAsync<ResultStatement>(
        request,
        async (report, buildLog) =>
        {
            var (specification, plan) = (request.Request.Specification!, request.Plan!);
            if (report.Build is not { } built || buildLog is null) throw new WorkerException("A worker's report has no build, or no log of it.");
            if (PackageTypes.Find(specification.PackageType)?.Names is not { } names) throw new BuildFailureException(FailureReason.ToolNotAllowed, $"No package type '{specification.PackageType}' is built here.");
            foreach (var word in new[] { built.Sandbox, built.Platform })
                if (word.Length is 0 or > EntryLimits.MaxWordLength || !word.All(c => c is > ' ' and < '\x7f')) throw new WorkerException("A worker's report names its machine by something that is no word.");
            var outputs = built.Outputs.Select(output => (output.Name, File: output.Check(long.MaxValue))).ToArray();
            if (!specification.AreOutputs([.. outputs.Select(output => (output.Name, output.File.Digest))])) throw new WorkerException("A worker's report names other files than the specification.");
            if (outputs.Aggregate(0m, (sum, output) => sum + output.File.Size) > request.Request.MaxBytes)
                throw new BuildFailureException(FailureReason.LimitExceeded, $"The outputs have more than the {request.Request.MaxBytes} bytes that the request allows.") { Log = buildLog.Digest };
            foreach (var (_, file) in outputs) await FetchAsync(report, file, cancellationToken);
            var packages = built.Packages.Check(MaxPackagesBytes);
            await FetchAsync(report, packages, cancellationToken);
            return new SourceBuildStatement(
                finish(), request.Request.Coordinate, specification, plan.OutputTimestamp, plan.Lock, built.Sandbox, built.Platform, packages.Digest, buildLog.Digest,
                ArtifactOutput.InOrder(outputs.Select(o => new ArtifactOutput(o.File.Digest, o.File.Size, names.MediaType(o.Name), o.File.ChunkSize, o.File.ChunkRoot, o.Name))))
            { Worker = report.Holder().Peer.ToString() };
        },
        cancellationToken);

    /// <summary>Asks the queue, and uses the report; one that is of no use is taken out, so that another worker is asked next time.</summary>
    private async Task<T> AskAsync<T>(RequestState request, Func<BuildReport, ContentDescriptor?, Task<T>> use, CancellationToken cancellationToken)
    {
        var job = BuildJob.Of(request, log, askers.GoesFirst(request.Request.Asker));
        var bytes = await keeper.AskAsync(job, cancellationToken);
        try
        {
            var report = BuildReport.Parse(bytes);
            if (report.Trouble is { } trouble) throw new WorkerException($"Worker {report.Peer}: {trouble}");
            var buildLog = report.Log?.Check(BuildLog.MaxBytes);
            if (buildLog is not null)
            {
                await FetchAsync(report, buildLog, cancellationToken);
                await ShowAsync(request.Id, buildLog, cancellationToken);
            }
            return report.Failure is { } failure ? throw failure.ToException(buildLog?.Digest) : await use(report, buildLog);
        }
        catch (Exception e) when (e is WorkerException or ContentStoreException)
        {
            await TakeOutAsync(job.Key, cancellationToken);
            throw;
        }
    }

    private async Task TakeOutAsync(JobKey job, CancellationToken cancellationToken)
    {
        try
        {
            await keeper.TakeOutAsync(job, cancellationToken);
        }
        catch (NpgsqlException)
        {
            // The same report comes once more, and is of as little use.
        }
    }

    /// <summary>Brings a file into this authority's store, from the worker and nobody else: the exchange checks every chunk and at last the digest of the whole.</summary>
    private async Task FetchAsync(BuildReport report, ContentDescriptor file, CancellationToken cancellationToken)
    {
        if (store.Describe(file.Digest) is not { } here)
        {
            var (peer, addresses) = report.Holder();
            host.PeerStore.AddAddresses(peer, addresses, PeerStore.HearsayLifetime);
            await content.FetchAsync(file, peer, cancellationToken);
            here = store.Describe(file.Digest);
        }
        if (here != file) throw new WorkerException($"Worker {report.Peer} names {file.Digest} with another size or chunk tree than it has.");
    }

    /// <summary>Lets the log be read that counts, in place of what was shown of it.</summary>
    private async Task ShowAsync(RequestId request, ContentDescriptor buildLog, CancellationToken cancellationToken)
    {
        using var reader = store.TryOpen(buildLog.Digest) ?? throw new ContentStoreException(ContentFault.Abandoned, $"{buildLog.Digest} has gone.");
        using var shown = logs.Begin(request);
        try
        {
            var buffer = new byte[buildLog.ChunkSize];
            for (var chunk = 0; chunk < buildLog.ChunkCount; chunk++)
            {
                await reader.ReadChunkAsync(chunk, buffer, cancellationToken);
                shown.Write(buffer.AsMemory(0, buildLog.ChunkLength(chunk)));
            }
        }
        finally
        {
            logs.End(request);
        }
    }
}
