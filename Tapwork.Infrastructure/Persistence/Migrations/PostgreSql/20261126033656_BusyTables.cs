using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Tapwork.Infrastructure.Persistence.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class BusyTables : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Deliveries_LeaseUntil",
                table: "Deliveries");

            // How many events wait for a position changes faster than statistics are gathered. With those of a backlog the relay read the
            // whole table for the next one; without any it goes by the index of those that wait.
            migrationBuilder.Sql("ALTER TABLE \"Events\" ALTER COLUMN \"Position\" SET STATISTICS 0");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("ALTER TABLE \"Events\" ALTER COLUMN \"Position\" SET STATISTICS -1");

            migrationBuilder.CreateIndex(
                name: "IX_Deliveries_LeaseUntil",
                table: "Deliveries",
                column: "LeaseUntil",
                filter: "\"LeaseUntil\" IS NOT NULL");
        }
    }
}
