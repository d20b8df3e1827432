using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Tapwork.Infrastructure.Persistence.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class LogRecipientsAndOrder : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // SQLite drops a column itself; by the migrations it would be a rebuild of the table, outside of the transaction.
            migrationBuilder.Sql("ALTER TABLE \"Destinations\" DROP COLUMN \"CertificateUntil\"");

            migrationBuilder.AddColumn<long>(
                name: "FailingSince",
                table: "Destinations",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "DueFrom",
                table: "JobRuns",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "SeededAs",
                table: "Integrations",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "OwesAllClear",
                table: "Incidents",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<long>(
                name: "NextTryAt",
                table: "InboundCalls",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<string>(
                name: "Record",
                table: "InboundCalls",
                type: "TEXT",
                maxLength: 100,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "AtPartners",
                table: "Dossiers",
                type: "TEXT",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "MoreEmails",
                table: "AlertRules",
                type: "TEXT",
                maxLength: 2560,
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<bool>(
                name: "TellsAdmins",
                table: "AlertRules",
                type: "INTEGER",
                nullable: false,
                defaultValue: true);

            migrationBuilder.AddColumn<bool>(
                name: "TellsOwner",
                table: "AlertRules",
                type: "INTEGER",
                nullable: false,
                defaultValue: true);

            migrationBuilder.CreateTable(
                name: "CertificateSightings",
                columns: table => new
                {
                    IntegrationId = table.Column<Guid>(type: "TEXT", nullable: false),
                    Host = table.Column<string>(type: "TEXT", maxLength: 253, nullable: false),
                    Until = table.Column<long>(type: "INTEGER", nullable: false),
                    SeenAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_CertificateSightings", x => new { x.IntegrationId, x.Host });
                    table.ForeignKey(
                        name: "FK_CertificateSightings_Integrations_IntegrationId",
                        column: x => x.IntegrationId,
                        principalTable: "Integrations",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "LogEntries",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    At = table.Column<long>(type: "INTEGER", nullable: false),
                    Gravity = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    Source = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    CorrelationId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: true),
                    Message = table.Column<string>(type: "TEXT", maxLength: 2000, nullable: false),
                    Exception = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_LogEntries", x => x.Id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_InboundCalls_CorrelationId_Id",
                table: "InboundCalls",
                columns: new[] { "CorrelationId", "Id" });

            migrationBuilder.CreateIndex(
                name: "IX_InboundCalls_Source_Record_Id",
                table: "InboundCalls",
                columns: new[] { "Source", "Record", "Id" },
                filter: "\"Status\" = 'Received'");

            migrationBuilder.CreateIndex(
                name: "IX_LogEntries_At",
                table: "LogEntries",
                column: "At");

            migrationBuilder.CreateIndex(
                name: "IX_LogEntries_CorrelationId_Id",
                table: "LogEntries",
                columns: new[] { "CorrelationId", "Id" });

            // The threshold was minutes lost and is now percent used up.
            migrationBuilder.Sql("UPDATE \"AlertRules\" SET \"Threshold\" = 80 WHERE \"Kind\" = 'Sla'");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "CertificateSightings");

            migrationBuilder.DropTable(
                name: "LogEntries");

            migrationBuilder.DropIndex(
                name: "IX_InboundCalls_CorrelationId_Id",
                table: "InboundCalls");

            migrationBuilder.DropIndex(
                name: "IX_InboundCalls_Source_Record_Id",
                table: "InboundCalls");

            migrationBuilder.DropColumn(
                name: "DueFrom",
                table: "JobRuns");

            migrationBuilder.DropColumn(
                name: "SeededAs",
                table: "Integrations");

            migrationBuilder.DropColumn(
                name: "OwesAllClear",
                table: "Incidents");

            migrationBuilder.DropColumn(
                name: "NextTryAt",
                table: "InboundCalls");

            migrationBuilder.DropColumn(
                name: "Record",
                table: "InboundCalls");

            migrationBuilder.DropColumn(
                name: "AtPartners",
                table: "Dossiers");

            migrationBuilder.DropColumn(
                name: "MoreEmails",
                table: "AlertRules");

            migrationBuilder.DropColumn(
                name: "TellsAdmins",
                table: "AlertRules");

            migrationBuilder.DropColumn(
                name: "TellsOwner",
                table: "AlertRules");

            migrationBuilder.Sql("ALTER TABLE \"Destinations\" DROP COLUMN \"FailingSince\"");

            migrationBuilder.AddColumn<long>(
                name: "CertificateUntil",
                table: "Destinations",
                type: "INTEGER",
                nullable: true);
        }
    }
}
