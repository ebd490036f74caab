using Pyrsia.Simulation.Dht;
using Xunit;

namespace Pyrsia.Simulation;

/// <summary>Small networks by the rules of the large one: <c>Pyrsia.Simulation --dht 10000</c>.</summary>
public sealed class DhtCampaignTests(ITestOutputHelper output)
{
    private static readonly DhtSimulationOptions Small = new()
    {
        Nodes = 500,
        AttackedKeys = 1,
        Keys = 100,
        Lookups = 300,
        WarmUp = TimeSpan.FromMinutes(5),
        Measured = TimeSpan.FromMinutes(5),
    };

    [Fact]
    public void With_churn_and_liars_around_keys_lookups_find_what_is_there()
    {
        var simulation = Run(Small);
        Assert.InRange(simulation.Ordinary.FoundShare, 0.99, 1);
        Assert.InRange(simulation.Attacked.FoundShare, 0.99, 1);
        Assert.InRange(simulation.Ordinary.MeanHops, 0, Math.Log2(Small.Nodes));
        Assert.True(simulation.Left > 0, "nobody left");
    }

    [Fact]
    public void Without_the_counter_measures_the_same_liars_capture_a_key()
    {
        var simulation = Run(Small with { Kad = DhtCommand.Undefended, Keys = 0, Lookups = 100, Measured = TimeSpan.FromMinutes(2) });
        Assert.InRange(simulation.Attacked.FoundShare, 0, 0.9);
    }

    [Fact]
    public void A_network_is_its_seed()
    {
        var tiny = Small with { Nodes = 60, Lookups = 50, Keys = 20, WarmUp = TimeSpan.FromMinutes(3), Measured = TimeSpan.FromMinutes(3) };
        Assert.Equal(Summary(), Summary());

        string Summary()
        {
            var simulation = DhtSimulation.Run(tiny);
            return $"{simulation.Messages} {simulation.Ordinary} {simulation.Attacked}";
        }
    }

    private DhtSimulation Run(DhtSimulationOptions options)
    {
        var simulation = DhtSimulation.Run(options);
        output.WriteLine($"seed {options.Seed}\nordinary: {simulation.Ordinary}\nattacked: {simulation.Attacked}\nmessages: {simulation.Messages}");
        return simulation;
    }
}
