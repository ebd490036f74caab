using System.Security.Cryptography;
using Pyrsia.Authority.Cluster;
using Pyrsia.Authority.Keys;
using Pyrsia.Builds;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Consensus;
using Pyrsia.Node.Hosting;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Authority.Builds;

/// <summary>
/// Does the builder's part of every open request that chose this builder: works, commits, and reveals when commitments have
/// closed. The log says what is to be done, so a restart simply looks again.
/// </summary>
internal sealed partial class BuilderService(
    GenesisDocument genesis, BuilderMember self, AuthorityKeys keys, AuthorityLedger ledger, IEnumerable<IResultSource> sources, ISourceBuilds builds, LogStore log, IConsensusPort port, string folder,
    TimeProvider time, ILogger<BuilderService> logger) : BackgroundService
{
    /// <summary>Requests that are worked on at once; downloading more at a time is not faster.</summary>
    private const int MaxWorking = 4;

    /// <summary>How often open requests are looked at when no block comes: an entry that was lost on the way is sent again.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    private readonly Dictionary<RequestId, Task> _working = [];
    private readonly RetryPatience _patience = new(time);
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly EntrySigner _signer = new(keys.Builder);
    private readonly int _selfIndex = genesis.Builders.IndexOf(self);

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        ledger.Advanced += Wake;
        try
        {
            while (true)
            {
                foreach (var request in ledger.Current.Open.Values.Where(r => r.Builders.Contains(_selfIndex)).OrderBy(r => r.Index)) await LookAtAsync(request, stoppingToken);
                Sweep();
                await _wake.WaitAsync(LookInterval, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(_working.Values);
        }
        finally
        {
            ledger.Advanced -= Wake;
        }
    }

    private void Wake()
    {
        lock (_wake)
        {
            if (_wake.CurrentCount == 0) _wake.Release();
        }
    }

    private async Task LookAtAsync(RequestState request, CancellationToken cancellationToken)
    {
        var job = JobFile.Read(folder, request.Id) ?? JobFile.Nothing;
        var works = _working.TryGetValue(request.Id, out var work) && !work.IsCompleted;
        if (NeedsWork(request, job) && !works && _patience.MayTry(request.Id) && _working.Values.Count(w => !w.IsCompleted) < MaxWorking)
            _working[request.Id] = Task.Run(() => WorkAsync(request, job, cancellationToken), CancellationToken.None);
        if (job.Plan is { } plan && request.Phase == RequestPhase.Planning && !request.Plans.ContainsKey(_selfIndex)) await SubmitAsync(plan, cancellationToken);
        if (job.Failure is { } failure && !request.Failures.ContainsKey(_selfIndex)) await SubmitAsync(failure, cancellationToken);
        if (job.Commitment is { } commitment && request.Phase == RequestPhase.Committing && !request.Commitments.ContainsKey(_selfIndex)) await SubmitAsync(commitment, cancellationToken);
        if (job.Result is { } result && request.Phase == RequestPhase.Revealing && request.Commitments.ContainsKey(_selfIndex) && !request.Results.ContainsKey(_selfIndex)) await SubmitAsync(result, cancellationToken);
    }

    private static bool NeedsWork(RequestState request, JobFile job) => job.Failure is null && request.Phase switch
    {
        RequestPhase.Planning => job.Plan is null,
        RequestPhase.Committing => job.Commitment is null,
        _ => false,
    };

    private async Task WorkAsync(RequestState request, JobFile before, CancellationToken cancellationToken)
    {
        try
        {
            var after = request.Phase == RequestPhase.Planning ? await PlanAsync(request, cancellationToken) : await BuildAsync(request, cancellationToken);
            (after with { Plan = after.Plan ?? before.Plan }).Write(folder, request.Id);
            Wake();
        }
        catch (OperationCanceledException)
        {
            // Stopping: the request is open still and is looked at again after the restart.
        }
        catch (Exception e) when (e is IOException or SandboxException)
        {
            // This machine's trouble says nothing about the source: another try later, until the request's time is up.
            _patience.Failed(request.Id);
            LogTrouble(request.Request.Coordinate, e.Message);
        }
    }

    private async Task<JobFile> PlanAsync(RequestState request, CancellationToken cancellationToken)
    {
        LogPlanning(request.Request.Coordinate);
        try
        {
            var inputs = await builds.PlanAsync(request, cancellationToken);
            var specification = request.Request.Specification!;
            var plan = _signer.Sign(new BuildPlan(request.Id, request.Attempt, self.Name, specification.Source.Revision, specification.BuilderImage, inputs.OutputTimestamp, inputs.Lock));
            if (!plan.IsPayloadInline) log.PutPayload(plan.Payload.Span);
            return JobFile.Nothing with { Plan = plan.Leaf.ToArray() };
        }
        catch (BuildFailureException e)
        {
            return Fail(request, e);
        }
    }

    private async Task<JobFile> BuildAsync(RequestState request, CancellationToken cancellationToken)
    {
        var started = time.GetUtcNow();
        LogStarted(request.Request.Coordinate);
        try
        {
            var statement = request.Plan is not null ? await builds.BuildAsync(request, Finish, cancellationToken) : await Source(request).ObtainAsync(request.Request, Finish, cancellationToken);
            var nonce = RandomNumberGenerator.GetBytes(EntryLimits.NonceLength);
            var value = Commitment.Compute(genesis.ChainId, request.Id, request.Attempt, keys.Builder.PublicKey, nonce, statement.ToJson().ToBytes());
            var result = _signer.Sign(statement, nonce);
            if (!result.IsPayloadInline) log.PutPayload(result.Payload.Span);
            LogCommitted(request.Request.Coordinate, statement.Outputs.Length);
            return new JobFile(_signer.Sign(new Commitment(request.Id, request.Attempt, self.Name, value)).Leaf.ToArray(), result.Leaf.ToArray());
        }
        catch (BuildFailureException e)
        {
            return Fail(request, e);
        }

        BuildRun Finish() => new(
            genesis.ChainId, request.Id, request.Attempt, genesis.Origin, self.Name, typeof(NodeResources).Assembly.GetName().Version!.ToString(3), started, time.GetUtcNow());
    }

    private IResultSource Source(RequestState request) => sources.FirstOrDefault(s => s.Serves(request.Request))
        ?? throw new BuildFailureException(FailureReason.Denied, $"This builder obtains no {request.Request.Kind.ToWord()} artifact for {request.Request.Coordinate}.");

    private JobFile Fail(RequestState request, BuildFailureException e)
    {
        LogFailed(request.Request.Coordinate, e.Message);
        var message = new string([.. e.Message.Where(c => !char.IsControl(c)).Take(EntryLimits.MaxMessageLength)]);
        return JobFile.Nothing with { Failure = _signer.Sign(new BuildFailed(request.Id, request.Attempt, self.Name, e.Reason, message, e.Log)).Leaf.ToArray() };
    }

    private async Task SubmitAsync(byte[] leaf, CancellationToken cancellationToken)
    {
        var outcome = await port.SubmitAsync(new Entry(leaf), cancellationToken);
        if (outcome is SubmitResult.Invalid or SubmitResult.Full) LogNotTaken(outcome.ToString());
    }

    /// <summary>Forgets what was done for requests that have their verdict.</summary>
    private void Sweep()
    {
        foreach (var id in _working.Where(w => w.Value.IsCompleted && !ledger.Current.Open.ContainsKey(w.Key)).Select(w => w.Key).ToArray())
        {
            _working.Remove(id);
            _patience.Forget(id);
            JobFile.Delete(folder, id);
        }
    }

    [LoggerMessage(109, LogLevel.Information, "Finding out what {Coordinate} is built with.")]
    private partial void LogPlanning(string coordinate);

    [LoggerMessage(110, LogLevel.Information, "Obtaining {Coordinate}.")]
    private partial void LogStarted(string coordinate);

    [LoggerMessage(111, LogLevel.Information, "Obtained {Coordinate}: {Count} files; committing to the result.")]
    private partial void LogCommitted(string coordinate, int count);

    [LoggerMessage(112, LogLevel.Information, "Could not obtain {Coordinate}: {Reason}")]
    private partial void LogFailed(string coordinate, string reason);

    [LoggerMessage(113, LogLevel.Warning, "{Coordinate}: {Trouble}")]
    private partial void LogTrouble(string coordinate, string trouble);

    [LoggerMessage(114, LogLevel.Warning, "The own entry was not taken: {Outcome}")]
    private partial void LogNotTaken(string outcome);
}
