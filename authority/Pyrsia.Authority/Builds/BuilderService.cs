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
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Authority.Builds;

/// <summary>
/// Does the builder's part of every open request that chose this builder: works, commits, and reveals when commitments have
/// closed. The log says what is to be done, so a restart simply looks again; what can no longer count is stopped.
/// </summary>
internal sealed partial class BuilderService(
    GenesisDocument genesis, BuilderMember self, AuthorityKeys keys, AuthorityLedger ledger, IEnumerable<IResultSource> sources, ISourceBuilds builds, LogStore log, IConsensusPort port, AskerList askers, SignedWorks signedWorks, VotingStatus voting,
    TimeProvider time, ILogger<BuilderService> logger) : BackgroundService
{
    /// <summary>Requests that are notarized at once; downloading more at a time is not faster.</summary>
    private const int MaxNotarizing = 4;

    /// <summary>How often open requests are looked at when no block comes: an entry that was lost on the way is sent again.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    /// <summary>Tries at what this machine could not do, before its part is logged as failed: the asker is not to wait for the deadline.</summary>
    private const int MaxTries = 3;

    private readonly Dictionary<RequestId, Work> _working = [];
    private readonly Dictionary<RequestId, (RequestPhase Phase, long Since)> _phases = [];
    private readonly RetryPatience _patience = new(time);
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly EntrySigner _signer = new(keys.Builder);
    private readonly int _selfIndex = genesis.Builders.IndexOf(self);

    /// <summary>Work on one phase of a request, and what stops it.</summary>
    private sealed record Work(ArtifactKind Kind, RequestPhase Phase, Task Task, CancellationTokenSource Stop);

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        ledger.Advanced += Wake;
        var probing = ProbeAsync(stoppingToken); // what is notarized need not wait for it
        try
        {
            if (voting.BeganWithoutVote) await CaughtUpAsync(stoppingToken);
            while (true)
            {
                foreach (var request in ledger.Current.Open.Values.Where(r => r.Builders.Contains(_selfIndex)).OrderByDescending(r => askers.GoesFirst(r.Request.Asker)).ThenBy(r => r.Index)) await TryLookAtAsync(request, stoppingToken);
                await StopWhatIsDecidedAsync();
                Sweep();
                await _wake.WaitAsync(LookInterval, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            foreach (var task in _working.Values.Select(work => work.Task).Append(probing)) await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            ledger.Advanced -= Wake;
            foreach (var work in _working.Values) work.Stop.Dispose();
        }
    }

    /// <summary>
    /// What this builder signed after its backup was made is not here, so it looks at open requests only when a quorum vouches anew for the log as it is here: what it has signed
    /// stands in that.
    /// </summary>
    private async Task CaughtUpAsync(CancellationToken cancellationToken)
    {
        var caughtUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Published(SignedCheckpoint checkpoint) => caughtUp.TrySetResult();
        log.Published += Published;
        try
        {
            await caughtUp.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            log.Published -= Published;
        }
    }

    /// <summary>Says at the start, and not only when somebody asks, that nothing can be built here.</summary>
    private async Task ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await builds.ProbeAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or SandboxException)
        {
            LogNoSandbox(e.Message);
        }
    }

    private void Wake()
    {
        lock (_wake)
        {
            if (_wake.CurrentCount == 0) _wake.Release();
        }
    }

    /// <summary>Trouble with one request keeps nobody from the others.</summary>
    private async Task TryLookAtAsync(RequestState request, CancellationToken cancellationToken)
    {
        try
        {
            await LookAtAsync(request, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogTrouble(e, request.Request.Coordinate);
        }
    }

    private async Task LookAtAsync(RequestState request, CancellationToken cancellationToken)
    {
        // Asked before the storage is: work that ends while a slow storage answers has signed what the answer does not show yet.
        var works = _working.TryGetValue(request.Id, out var work) && !work.Task.IsCompleted;
        var job = signedWorks.Of(request.Id);
        if (!_phases.TryGetValue(request.Id, out var phase) || phase.Phase != request.Phase) _phases[request.Id] = phase = (request.Phase, time.GetTimestamp());
        if (NeedsWork(request, job) && !works && _patience.MayTry(request.Id) && _working.Values.Count(w => w.Kind == request.Request.Kind && !w.Task.IsCompleted) < (request.Request.Kind == ArtifactKind.Built ? builds.AtOnce : MaxNotarizing)
            && BuilderTurn.IsOn(genesis, request, _selfIndex, time.GetElapsedTime(phase.Since)))
        {
            work?.Stop.Dispose();
            var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            _working[request.Id] = new Work(request.Request.Kind, request.Phase, Task.Run(() => WorkAsync(request, job, stop.Token), CancellationToken.None), stop);
        }
        if (job.Plan is { } plan && request.Phase == RequestPhase.Planning && !request.Plans.ContainsKey(_selfIndex)) await SubmitAsync(plan, cancellationToken);
        if (job.Failure is { } failure && !request.Failures.ContainsKey(_selfIndex)) await SubmitAsync(failure, cancellationToken);
        if (job.Commitment is { } commitment && request.Phase == RequestPhase.Committing && !request.Commitments.ContainsKey(_selfIndex)) await SubmitAsync(commitment, cancellationToken);
        if (job.Result is { } result && request.Phase == RequestPhase.Revealing && request.Commitments.ContainsKey(_selfIndex) && !request.Results.ContainsKey(_selfIndex)) await SubmitAsync(result, cancellationToken);
    }

    /// <summary>What is logged and not here any more was signed before a restore: nothing else may be signed in its place.</summary>
    private bool NeedsWork(RequestState request, SignedWork job) => job.Failure is null && request.Phase switch
    {
        RequestPhase.Planning => job.Plan is null && !request.Plans.ContainsKey(_selfIndex),
        RequestPhase.Committing => job.Commitment is null && !request.Commitments.ContainsKey(_selfIndex),
        _ => false,
    };

    private async Task WorkAsync(RequestState request, SignedWork before, CancellationToken cancellationToken)
    {
        try
        {
            var after = request.Phase == RequestPhase.Planning ? await PlanAsync(request, cancellationToken) : await BuildAsync(request, cancellationToken);
            signedWorks.Keep(request.Id, before, after with { Plan = after.Plan ?? before.Plan });
            _patience.Forget(request.Id);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // This process stops, and the request is looked at again after the restart; or the work can no longer count.
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested || e is not OperationCanceledException)
        {
            // This machine's trouble, foreseen or not, says nothing about the source: another try later, but not for ever.
            LogTrouble(e, request.Request.Coordinate);
            if (_patience.Failed(request.Id) >= MaxTries)
                signedWorks.Keep(request.Id, before, Fail(request, new BuildFailureException(FailureReason.Internal, $"This builder could not do its part in {MaxTries} tries; its operator's log says why.")) with { Plan = before.Plan });
        }
        finally
        {
            Wake();
        }
    }

    private async Task<SignedWork> PlanAsync(RequestState request, CancellationToken cancellationToken)
    {
        LogPlanning(request.Request.Coordinate);
        try
        {
            var inputs = await builds.PlanAsync(request, cancellationToken);
            var specification = request.Request.Specification!;
            var plan = _signer.Sign(new BuildPlan(request.Id, request.Attempt, self.Name, specification.Source.Revision, specification.BuilderImage, inputs.OutputTimestamp, inputs.Lock));
            if (!plan.IsPayloadInline) log.PutPayload(plan.Payload.Span);
            LogPlanned(request.Request.Coordinate, inputs.Lock.Files.Length);
            return SignedWork.Nothing with { Plan = plan.Leaf.ToArray() };
        }
        catch (BuildFailureException e)
        {
            return Fail(request, e);
        }
    }

    private async Task<SignedWork> BuildAsync(RequestState request, CancellationToken cancellationToken)
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
            return new SignedWork(_signer.Sign(new Commitment(request.Id, request.Attempt, self.Name, value)).Leaf.ToArray(), result.Leaf.ToArray());
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

    private SignedWork Fail(RequestState request, BuildFailureException e)
    {
        LogFailed(request.Request.Coordinate, e.Message);
        var message = new string([.. e.Message.Where(c => !char.IsControl(c)).Take(EntryLimits.MaxMessageLength)]);
        return SignedWork.Nothing with { Failure = _signer.Sign(new BuildFailed(request.Id, request.Attempt, self.Name, e.Reason, message, e.Log)).Leaf.ToArray() };
    }

    private async Task SubmitAsync(byte[] leaf, CancellationToken cancellationToken)
    {
        var outcome = await port.SubmitAsync(new Entry(leaf), cancellationToken);
        if (outcome is SubmitResult.Invalid or SubmitResult.Full) LogNotTaken(outcome.ToString());
    }

    /// <summary>Stops work that can no longer count: on a request that was closed, and on a phase of a build that went on without this builder.</summary>
    private async Task StopWhatIsDecidedAsync()
    {
        var state = ledger.Current;
        foreach (var (id, work) in _working.Where(w => !w.Value.Task.IsCompleted))
        {
            var isDecided = state.Open.TryGetValue(id, out var open)
                ? work.Kind == ArtifactKind.Built && open.Phase != work.Phase
                : work.Kind == ArtifactKind.Built || (state.FindClosed(id) is { } closed && closed.Verdict != EntryType.Verified); // a copy of what is verified can be served
            if (isDecided) await work.Stop.CancelAsync();
        }
    }

    /// <summary>Forgets what was done for requests that have their verdict.</summary>
    private void Sweep()
    {
        var state = ledger.Current;
        foreach (var id in _phases.Keys.Where(id => !state.Open.ContainsKey(id) && !(_working.TryGetValue(id, out var work) && !work.Task.IsCompleted)).ToArray())
        {
            if (_working.Remove(id, out var work)) work.Stop.Dispose();
            _phases.Remove(id);
            _patience.Forget(id);
            try
            {
                signedWorks.Forget(id);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogLeftOver(e, id.ToString()); // a document too many harms nothing, and must not end the authority
            }
        }
    }

    [LoggerMessage(109, LogLevel.Information, "Finding out what {Coordinate} is built with.")]
    private partial void LogPlanning(string coordinate);

    [LoggerMessage(117, LogLevel.Information, "Found out what {Coordinate} is built with: {Count} files.")]
    private partial void LogPlanned(string coordinate, int count);

    [LoggerMessage(110, LogLevel.Information, "Obtaining {Coordinate}.")]
    private partial void LogStarted(string coordinate);

    [LoggerMessage(111, LogLevel.Information, "Obtained {Coordinate}: {Count} files; committing to the result.")]
    private partial void LogCommitted(string coordinate, int count);

    [LoggerMessage(112, LogLevel.Information, "Could not obtain {Coordinate}: {Reason}")]
    private partial void LogFailed(string coordinate, string reason);

    [LoggerMessage(113, LogLevel.Warning, "This builder could not do its part of {Coordinate} now.")]
    private partial void LogTrouble(Exception trouble, string coordinate);

    [LoggerMessage(114, LogLevel.Warning, "The own entry was not taken: {Outcome}")]
    private partial void LogNotTaken(string outcome);

    [LoggerMessage(116, LogLevel.Warning, "What was done for the request {Request} could not be removed.")]
    private partial void LogLeftOver(Exception trouble, string request);

    [LoggerMessage(115, LogLevel.Warning, "This authority has builder images but no sandbox that works, so it fails its part of every build from source until it has one: {Trouble}")]
    private partial void LogNoSandbox(string trouble);
}
