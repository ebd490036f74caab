using Pyrsia.Libp2p;
using Pyrsia.Node.Builds;

namespace Pyrsia.Authority.Hosting;

/// <summary>Opens the desk to nodes that hand in build requests over the network.</summary>
internal sealed class BuildDeskService(Libp2pHost host, IBuildDesk desk, TimeProvider time) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        BuildProtocol.Serve(host, desk, time);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
